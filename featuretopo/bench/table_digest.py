"""The digest of a table of results, which lies in its file: what was edited since is told by it."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa

_NAME = b"digest"


def with_digest(table: pa.Table) -> pa.Table:
    """Return the same rows, with their digest in the schema's metadata.

    Examples
    --------
    >>> table = with_digest(pa.table({"cell": [0, 1]}))
    >>> is_as_written(table), is_as_written(table.slice(1))
    (True, False)
    """
    return table.replace_schema_metadata(
        {**(table.schema.metadata or {}), _NAME: _digest(table).encode()}
    )


def has_digest(table: pa.Table) -> bool:
    """Whether a table has one: those of older versions and of others have none."""
    return _NAME in (table.schema.metadata or {})


def is_as_written(table: pa.Table) -> bool:
    """Whether the digest of a table that has one is that of its rows."""
    found: bool = table.schema.metadata[_NAME] == _digest(table).encode()
    return found


def _digest(table: pa.Table) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for field, column in zip(table.schema, table.columns, strict=True):
        digest.update(f"{field.name}\x1f{field.type}\x1e".encode())
        digest.update(json.dumps(column.to_pylist(), default=str).encode())
    return digest.hexdigest()
