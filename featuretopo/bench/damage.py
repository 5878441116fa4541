"""Damage: which files of a store are not what they say, and what becomes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from featuretopo.bench.collect import SCHEMA, empty_row
from featuretopo.bench.differences import read_results
from featuretopo.bench.errors import StoreError
from featuretopo.bench.lock import locked
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.place import Place, files, move
from featuretopo.bench.spec import parsed
from featuretopo.bench.store import Store
from featuretopo.bench.table_digest import has_digest
from featuretopo.errors import FeaturetopoError

_logger = logging.getLogger(__name__)

#: What a row of a table has from the result that its key names.
_OF_RESULT = (
    "value", "low", "high", "p", "q", "effect", "null_low", "null_high", "note", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what it says.

    Attributes
    ----------
    path : Path or Url
    problem : str
    """

    path: Place
    problem: str


def verify(store: Store) -> tuple[int, list[Damage]]:
    """Read every file: results and failures, the sweeps that were run, the tables.

    Returns
    -------
    int
        How many files there are.
    list of Damage
        Those that are truncated, edited, in the wrong place, or links; sweeps that cannot be read;
        tables that were edited, have other columns, or contradict a result in the store. Of a table
        without a digest a warning is logged.
    """
    checked, found = 0, []
    for path, check in _files(store):
        checked += 1
        try:
            check(path)
        except (FeaturetopoError, OSError) as error:
            problem = str(error).removeprefix(f"{path}: ").removeprefix("damaged: ")
            found.append(Damage(path, problem.split("; featuretopo store verify")[0]))
    return checked, found


def discard(store: Store, damages: list[Damage]) -> Place:
    """Move damaged files out of the way, into the store's folder ``damaged``."""
    target = store.root / "damaged"
    with locked(store):
        for damage in damages:
            move(damage.path, target)
    return target


def _files(store: Store) -> Iterator[tuple[Place, Callable[[Place], None]]]:
    """Yield every file and what it must pass; those that a killed run left behind are for gc."""
    for entry in store.files():
        if not entry.name.startswith("."):
            check = _refuse_link if entry.is_symlink() else partial(_check_object, store)
            yield store.at(entry), check
    of_folder = {"sweeps": (".toml", _check_sweep), "results": (".parquet", _check_table)}
    for folder, (suffix, check_file) in of_folder.items():
        if not (store.root / folder).exists():
            continue
        for entry in sorted(files(store.root / folder), key=lambda each: each.name):
            if entry.name.endswith(suffix) and not entry.name.startswith("."):
                check = _refuse_link if entry.is_symlink() else partial(check_file, store)
                yield store.at(entry), check


def _refuse_link(path: Place) -> None:
    raise StoreError(f"{path}: a link, which may lead out of the store")


def _check_object(store: Store, path: Place) -> None:
    stage, key = path.parent.parent.name, path.name[:40]
    if path == store.place(stage, key, "failed"):
        store.failure(stage, key)
    elif path == store.place(stage, key):
        store.read(stage, key)
    else:
        raise StoreError(f"{path}: no file of a store")


def _check_sweep(store: Store, path: Place) -> None:
    name = parsed(path.read_bytes(), str(path)).name
    if path != store.spec(name):
        raise StoreError(f"{path}: it is the sweep {name!r}")


def _check_table(store: Store, path: Place) -> None:
    table = read_results(path)
    if not has_digest(table):
        _logger.warning(
            "%s: has no digest (written by an older version, or by others): only its values are "
            "checked; featuretopo sweep collect writes it with one",
            path,
        )
    if not table.schema.equals(SCHEMA):
        raise StoreError(f"{path}: its columns are not those of a sweep's results")
    known: dict[str, Mapping[tuple[str, str], Mapping[str, Any]] | None] = {}
    for row in table.to_pylist():
        if path != store.results(row["sweep"]):
            raise StoreError(f"{path}: it is the table of the sweep {row['sweep']!r}")
        if row["status"] not in ("done", "undefined"):
            continue
        key, measure, part = row["key"], row["measure"], row["part"]
        if measure not in MEASURES:
            raise StoreError(f"{path}: there is no measure {measure!r}")
        if key not in known:
            known[key] = _said(store, MEASURES[measure].stage, key)
        if (said := known[key]) is None:
            continue
        result = said.get((measure, part), empty_row(measure, "undefined"))
        if any(not _same(row[name], result.get(name)) for name in _OF_RESULT):
            raise StoreError(f"{path}: its {measure} of cell {row['cell']} is not that of {key}")


def _said(store: Store, stage: str, key: str) -> Mapping[tuple[str, str], Mapping[str, Any]] | None:
    """Return the rows that a result gave; None if it is gone (gc), or damaged, which is told."""
    if not store.place(stage, key).is_file():
        return None
    try:
        rows = store.read(stage, key).result.values["rows"]
    except StoreError:
        return None
    return {(row["measure"], row["part"]): row for row in rows}


def _same(one: Any, two: Any) -> bool:
    return bool(one == two) or (one != one and two != two)  # two NaN are the same here
