"""Upkeep of a store: check every file, take away what nothing needs, bring an old one to date."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import tomli_w

from featuretopo.bench.errors import StoreError, cannot_write
from featuretopo.bench.lock import locked
from featuretopo.bench.place import Entry, Place, move, place_of, write_whole
from featuretopo.bench.plan import plan
from featuretopo.bench.spec import Spec, parsed
from featuretopo.bench.store import VERSION, Store, version_of, write_version

#: What brings a store of version n to version n + 1. There is only one version so far.
STEPS: dict[int, Callable[[Place], None]] = {}


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


def verify(store: Store) -> tuple[int, list[Damage]]:
    """Read every file and check its digest.

    Returns
    -------
    int
        How many results and failures there are.
    list of Damage
        Those that are truncated, edited, in the wrong place, or links.
    """
    checked, found = 0, []
    for entry in store.files():
        path = store.at(entry)
        if entry.name.startswith("."):
            continue  # a killed run left it behind: gc
        checked += 1
        stage, key = path.parent.parent.name, entry.name[:40]
        try:
            if entry.is_symlink():
                raise StoreError(f"{path}: damaged: a link, which may lead out of the store")
            if path == store.place(stage, key, "failed"):
                store.failure(stage, key)
            elif path == store.place(stage, key):
                store.read(stage, key)
            else:
                raise StoreError(f"{path}: damaged: no file of a store")
        except StoreError as error:
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


def gc(store: Store, *, dry_run: bool = False) -> Cleared:
    """Take away what no sweep that was run here needs any more, and what killed runs left behind.

    Results of older stages or engines go too: no plan of today finds them.

    Raises
    ------
    StoreError
        If no sweep is written down, so that everything would go.
    """
    with locked(store):
        sweeps = store.sweeps()
        if not sweeps:
            raise StoreError(
                f"{store.root}: no sweep is written down in it, so that everything would go; run "
                "one, or delete the folder"
            )
        paths = map(store.spec, sweeps)
        needed = {key for p in paths for key in plan(parsed(p.read_bytes(), str(p))).tasks}
        files, size, kept = 0, 0, 0
        for entry in list(store.files()):
            if entry.name[:40] in needed:
                kept += 1
                continue
            files += 1
            size += _size(entry)
            if not dry_run:
                store.at(entry).unlink()
    return Cleared(files, size, kept)


def forget(store: Store, sweep: str) -> None:
    """Forget that a sweep was run here, so that :func:`gc` takes its results away."""
    path = store.spec(sweep)
    if not path.is_file():
        known = ", ".join(store.sweeps()) or "none was"
        raise StoreError(f"no sweep {sweep!r} was run here; {known}")
    with locked(store):
        path.unlink()


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
        raise StoreError(f"{root}: no store; featuretopo sweep run --store {root} makes it")
    before = version_of(root)
    if before > VERSION:
        raise StoreError(
            f"{root}: is a store of version {before}, and this featuretopo knows {VERSION}; update "
            "featuretopo"
        )
    if before == VERSION:
        return before, VERSION
    with locked(Store(root)):
        for version in range(before, VERSION):
            if version not in STEPS:
                raise StoreError(f"{root}: no way is known from version {version}; make it anew")
            STEPS[version](root)
            write_version(root, version + 1)
    return before, VERSION
