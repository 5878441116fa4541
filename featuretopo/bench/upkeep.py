"""Upkeep of a store: check every file, take away what nothing needs, bring an old one to date."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from featuretopo.bench.errors import StoreError
from featuretopo.bench.lock import locked
from featuretopo.bench.plan import plan
from featuretopo.bench.spec import Spec, load_spec
from featuretopo.bench.store import VERSION, Store, version_of
from featuretopo.files import atomic

#: What brings a store of version n to version n + 1. There is only one version so far.
STEPS: dict[int, Callable[[Path], None]] = {}


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what it says.

    Attributes
    ----------
    path : Path
    problem : str
    """

    path: Path
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
    with atomic(store.spec(spec.name)) as temporary:
        temporary.write_text(text, encoding="utf-8")


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
        path = Path(entry.path)
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


def discard(store: Store, damages: list[Damage]) -> Path:
    """Move damaged files out of the way, into the store's folder ``damaged``."""
    target = store.root / "damaged"
    with locked(store):
        target.mkdir(exist_ok=True)
        for damage in damages:
            damage.path.replace(target / damage.path.name)
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
        specs = sorted((store.root / "sweeps").glob("*.toml"))
        if not specs:
            raise StoreError(
                f"{store.root}: no sweep is written down in it, so that everything would go; run "
                "one, or delete the folder"
            )
        needed = {key for path in specs for key in plan(load_spec(path)).tasks}
        files, size, kept = 0, 0, 0
        for entry in list(store.files()):
            if entry.name[:40] in needed:
                kept += 1
                continue
            files += 1
            size += entry.stat(follow_symlinks=False).st_size
            if not dry_run:
                os.unlink(entry.path)
    return Cleared(files, size, kept)


def forget(store: Store, sweep: str) -> None:
    """Forget that a sweep was run here, so that :func:`gc` takes its results away."""
    path = store.spec(sweep)
    if not path.is_file():
        known = sorted(p.stem for p in (store.root / "sweeps").glob("*.toml"))
        raise StoreError(f"no sweep {sweep!r} was run here; {', '.join(known) or 'none was'}")
    with locked(store):
        path.unlink()


def upgrade(root: Path) -> tuple[int, int]:
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
    if not (root / "store.json").is_file():
        raise StoreError(f"{root}: no store; featuretopo sweep run --store {root} makes it")
    before = version_of(root)
    if before > VERSION:
        raise StoreError(
            f"{root}: is a store of version {before}, and this featuretopo knows {VERSION}; update "
            "featuretopo"
        )
    with locked(Store(root)):
        for version in range(before, VERSION):
            if version not in STEPS:
                raise StoreError(f"{root}: no way is known from version {version}; make it anew")
            STEPS[version](root)
            with atomic(root / "store.json") as temporary:
                temporary.write_text(json.dumps({"format": "store", "version": version + 1}) + "\n")
    return before, VERSION
