"""Upkeep of a store: take away what nothing needs, bring an old one up to date."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tomli_w

from featuretopo.bench.errors import StoreError, cannot_write
from featuretopo.bench.lock import locked
from featuretopo.bench.place import Entry, place_of, write_whole
from featuretopo.bench.plan import plan
from featuretopo.bench.spec import Spec, parsed
from featuretopo.bench.store import (
    STEPS,
    VERSION,
    Store,
    check_way,
    no_store,
    version_of,
    write_version,
)
from featuretopo.errors import FeaturetopoError


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was taken away, or would be.

    Attributes
    ----------
    files, size : int
        Number of files, and their bytes.
    kept : int
        Files that stay.
    """

    files: int
    size: int
    kept: int


def remember(spec: Spec, store: Store) -> None:
    """Write down that a sweep was run here: what it needs is kept by :func:`gc`."""
    text = tomli_w.dumps(spec.model_dump(exclude_none=True))
    try:
        write_whole(store.spec(spec.name), text.encode())
    except OSError as error:
        raise StoreError(cannot_write(store.root, error)) from error


def gc(store: Store, *, forget: Sequence[str] = (), dry_run: bool = False) -> Cleared:
    """Take away what no sweep that was run here needs any more, and what killed runs left behind.

    Results of older stages or engines go too: no plan of today finds them.

    Parameters
    ----------
    store : Store
    forget : sequence of str
        Sweeps that are taken for not run here, so that what only they need goes too; of the last,
        everything. Their tables stay.
    dry_run : bool
        Whether only to count.

    Raises
    ------
    StoreError
        If a sweep that is to be forgotten was not run here, one that stays cannot be read, or none
        is written down, so that everything would go.
    """
    with locked(store):
        sweeps = store.sweeps()
        for name in forget:
            if name not in sweeps:
                known = ", ".join(sweeps) or "none was"
                raise StoreError(f"no sweep {name!r} was run here; {known}")
        if not sweeps:
            raise StoreError(
                f"{store.root}: no sweep is written down in it, so that everything would go; run "
                "one, or delete the folder"
            )
        needed = {key for name in sweeps if name not in forget for key in _needed(store, name)}
        files, size, kept = 0, 0, 0
        for entry in list(store.files()):
            if _is_folder(entry):
                continue  # nothing that a sweep wrote
            if entry.name[:40] in needed:
                kept += 1
                continue
            files += 1
            size += _size(entry)
            if not dry_run:
                store.at(entry).unlink()
        if not dry_run:
            # last, so that the same command goes on where it was killed
            for name in dict.fromkeys(forget):
                store.spec(name).unlink()
    return Cleared(files, size, kept)


def _needed(store: Store, sweep: str) -> Iterable[str]:
    path = store.spec(sweep)
    try:
        return plan(parsed(path.read_bytes(), str(path))).tasks
    except (FeaturetopoError, OSError) as error:
        raise StoreError(
            f"{error}; mend it, or leave it out: featuretopo store gc --forget '{sweep}'"
        ) from error


def _is_folder(entry: os.DirEntry[str] | Entry) -> bool:
    return not isinstance(entry, Entry) and entry.is_dir(follow_symlinks=False)


def _size(entry: os.DirEntry[str] | Entry) -> int:
    return entry.size if isinstance(entry, Entry) else entry.stat(follow_symlinks=False).st_size


def upgrade(where: str | os.PathLike[str]) -> tuple[int, int]:
    """Bring a store of an older version up to date, step by step.

    Returns
    -------
    before, after : int
        Versions.

    Raises
    ------
    StoreError
        If it is of a newer version, or no step leads on from its own.
    """
    root = place_of(where)
    if not (root / "store.json").is_file():
        raise no_store(root)
    before = version_of(root)
    check_way(root, before)
    if before == VERSION:
        return before, VERSION
    with locked(Store(root)):
        for version in range(before, VERSION):
            STEPS[version](root)
            write_version(root, version + 1)
    return before, VERSION
