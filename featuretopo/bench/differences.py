"""differences: two tables of results side by side, and what has become worse."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from featuretopo.bench.collect import FORMAT
from featuretopo.bench.place import Url
from featuretopo.bench.table_digest import has_digest, is_as_written
from featuretopo.errors import FeaturetopoError

_WHICH = ("world", "llm", "sae", "sparsity", "width", "seed", "side", "measure", "part")


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not the same in both tables.

    Attributes
    ----------
    which : dict
        World, LLM, SAE, sparsity, width, seed, side, measure, part.
    before, after : float or None
        Values.
    status : (str, str)
        Before and after.
    worse : bool
        Whether it is a regression: further than the tolerance to the worse, or no longer done.
    """

    which: dict[str, Any]
    before: float | None
    after: float | None
    status: tuple[str, str]
    worse: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """How two tables differ.

    Attributes
    ----------
    in_common, only_before, only_after : int
        Rows.
    differ : tuple of Difference
        Those in common whose value or status is another.
    """

    in_common: int
    only_before: int
    only_after: int
    differ: tuple[Difference, ...]

    @property
    def worse(self) -> tuple[Difference, ...]:
        """The regressions."""
        return tuple(each for each in self.differ if each.worse)


def read_results(path: str | os.PathLike[str] | Url) -> pa.Table:
    """Read a table that a sweep wrote.

    Raises
    ------
    FeaturetopoError
        If it is missing, no such table, or was edited since it was written.
    """
    if not (path.is_file() if isinstance(path, Url) else os.path.isfile(path)):
        raise FeaturetopoError(f"{path}: no such file; featuretopo sweep collect makes it")
    try:
        table = pq.read_table(io.BytesIO(path.read_bytes()) if isinstance(path, Url) else path)
    except (pa.ArrowException, OSError) as error:
        raise FeaturetopoError(f"{path}: cannot be read as parquet: {error}") from error
    found = (table.schema.metadata or {}).get(b"format", b"").decode("utf-8", "replace")
    if found != FORMAT:
        raise FeaturetopoError(
            f"{path}: is of format {found!r}, not {FORMAT!r}: no results of a sweep"
        )
    if has_digest(table) and not is_as_written(table):
        raise FeaturetopoError(
            f"{path}: was edited: its digest is not that of its rows; featuretopo sweep collect "
            "makes it anew"
        )
    return table


def differences(before: pa.Table, after: pa.Table, *, tolerance: float = 0.0) -> Differences:
    """Hold each row beside the row of the same cell and measure.

    Parameters
    ----------
    before, after : pyarrow.Table
    tolerance : float
        How far a value may move to the worse, at least 0. Measures with no better side are never
        worse.

    Raises
    ------
    FeaturetopoError
        If the tolerance is negative, or the tables have no row in common.
    """
    if not tolerance >= 0:
        raise FeaturetopoError(f"tolerance={tolerance} must be at least 0")
    one, two = (dict(_rows(table)) for table in (before, after))
    common = [which for which in one if which in two]
    if not common:
        raise FeaturetopoError("the two tables have no cell and measure in common")
    found = [_difference(which, one[which], two[which], tolerance) for which in common]
    return Differences(
        len(common),
        len(one) - len(common),
        len(two) - len(common),
        tuple(each for each in found if each is not None),
    )


def _rows(table: pa.Table) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    for row in table.to_pylist():
        yield tuple(row[name] for name in _WHICH), row


def _difference(
    which: tuple[Any, ...], one: dict[str, Any], two: dict[str, Any], tolerance: float
) -> Difference | None:
    a, b = one["value"], two["value"]
    if (a, one["status"], one["note"]) == (b, two["status"], two["note"]):
        return None
    lost = one["status"] == "done" and two["status"] != "done"
    step = 0.0 if a is None or b is None else b - a
    loss = {"higher": -step, "lower": step}.get(two["direction"], 0.0)
    return Difference(
        dict(zip(_WHICH, which, strict=True)),
        a,
        b,
        (one["status"], two["status"]),
        lost or loss > tolerance,
    )
