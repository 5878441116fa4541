"""Where the numbers come from, as rows; files offered for download, as data URIs."""

from __future__ import annotations

import base64
import gzip
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Download:
    """A file that lies inside the page."""

    name: str
    href: str
    size: int


def provenance_rows(about: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested facts into (key, value) rows.

    Examples
    --------
    >>> list(provenance_rows({"seed": 0, "versions": {"numpy": "1.26.4"}}))
    [('seed', '0'), ('versions.numpy', '1.26.4')]
    """
    for key, value in about.items():
        if isinstance(value, Mapping):
            yield from provenance_rows(value, f"{prefix}{key}.")
        elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            yield f"{prefix}{key}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{key}", str(value)


def download(name: str, content: str, *, packed: bool = False) -> Download:
    """Return a file as a link that needs no server.

    Parameters
    ----------
    name, content : str
    packed : bool
        By gzip, its name ending in .gz.
    """
    data = content.encode("utf-8", "replace")
    kind = f"{mimetypes.guess_type(name)[0] or 'text/plain'};charset=utf-8"
    if packed:
        # mtime=0: the same input gives the same page, byte for byte
        name, kind, data = f"{name}.gz", "application/gzip", gzip.compress(data, 9, mtime=0)
    return Download(name, f"data:{kind};base64,{base64.b64encode(data).decode()}", len(data))
