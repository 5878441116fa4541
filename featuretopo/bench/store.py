"""Store: a folder of results, each under the key of what it is the result of."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from featuretopo.bench.errors import StoreError
from featuretopo.bench.object_file import Stored, damaged, read_object, write_object
from featuretopo.bench.place import Entry, Place, Url, below, files, linked, place_of, write_whole

#: Of the folder's layout. What is raised here needs a step.
VERSION = 1
#: What brings a store of version n to version n + 1. There is only one version so far.
STEPS: dict[int, Callable[[Place], None]] = {}

State = Literal["done", "failed"]
_KEY = re.compile(r"[0-9a-f]{40}")
_SUFFIXES: dict[str, State] = {".safetensors": "done", ".failed.json": "failed"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stage gave no result.

    Attributes
    ----------
    error : str
        In one line.
    trace : str
        Where it happened.
    seconds, peak_memory_mb : float
    """

    error: str
    trace: str
    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of results. Any process may read and write; :mod:`.lock` keeps runs apart.

    Layout: ``store.json`` (its version), ``objects/STAGE/ab/KEY.safetensors`` (a result) or
    ``KEY.failed.json`` (why there is none), ``sweeps/NAME.toml`` (what was run here),
    ``results/NAME.parquet``.

    Attributes
    ----------
    root : Path or Url
    """

    root: Place

    def place(self, stage: str, key: str, state: State = "done") -> Place:
        """Where a result or failure lies.

        Raises
        ------
        StoreError
            If the key is none: nothing but 40 hex digits becomes a path.
        """
        if not _KEY.fullmatch(key) or not stage.isalpha():
            raise StoreError(f"{stage!r}, {key!r}: no stage and key of a result")
        suffix = next(end for end, what in _SUFFIXES.items() if what == state)
        return self.root / "objects" / stage / key[:2] / f"{key}{suffix}"

    def results(self, sweep: str) -> Place:
        """Where the table of a sweep lies."""
        return self._named("results", sweep, ".parquet")

    def spec(self, sweep: str) -> Place:
        """Where the spec of a sweep that was run here lies."""
        return self._named("sweeps", sweep, ".toml")

    def sweeps(self) -> list[str]:
        """Names of the sweeps that were run here."""
        return _stems(self.root / "sweeps", ".toml")

    def tables(self) -> list[str]:
        """Names of the sweeps whose results were collected."""
        return _stems(self.root / "results", ".parquet")

    def _named(self, folder: str, name: str, suffix: str) -> Place:
        if name.startswith(".") or set(name) & set("/\\\0") or not name:
            raise StoreError(f"{name!r}: no name of a sweep: no path, and no dot in front")
        return self.root / folder / f"{name}{suffix}"

    def states(self) -> dict[str, State]:
        """Return which keys there are, and whether they are done or failed."""
        found: dict[str, State] = {}
        for path in self.files():
            for suffix, state in _SUFFIXES.items():
                # a result beside a failure of old is a result
                if path.name.endswith(suffix) and found.get(path.name[:40]) != "done":
                    found[path.name[:40]] = state
        return found

    def files(self) -> Iterator[os.DirEntry[str] | Entry]:
        """Yield every file under ``objects``, temporary ones too."""
        yield from below(self.root / "objects")

    def at(self, entry: os.DirEntry[str] | Entry) -> Place:
        """Where a file that :meth:`files` yields lies."""
        root = self.root
        return Path(entry.path) if isinstance(root, Path) else Url(root.system, entry.path)

    def read(self, stage: str, key: str) -> Stored:
        """Read a result.

        Raises
        ------
        StoreError
            If it is damaged, gone, or of another key.
        """
        path = self.place(stage, key)
        stored = read_object(path)
        if stored.about.get("key") != key:
            raise damaged(path, f"it is the result of {stored.about.get('key')}")
        return stored

    def write(self, stage: str, key: str, stored: Stored) -> None:
        """Write a result; a failure of old goes."""
        write_object(self.place(stage, key), stored)
        self.place(stage, key, "failed").unlink(missing_ok=True)

    def fail(self, stage: str, key: str, failure: Failure, about: dict[str, Any]) -> None:
        """Write down why there is no result."""
        content = {
            "error": failure.error,
            "trace": failure.trace,
            "seconds": failure.seconds,
            "peak_memory_mb": failure.peak_memory_mb,
            "about": about,
        }
        text = json.dumps(content, indent=1, sort_keys=True)
        write_whole(self.place(stage, key, "failed"), text.encode())

    def failure(self, stage: str, key: str) -> Failure:
        """Read why there is no result."""
        path = self.place(stage, key, "failed")
        try:
            content = json.loads(path.read_bytes())
            return Failure(**{name: content[name] for name in Failure.__dataclass_fields__})
        except (OSError, ValueError, KeyError) as error:
            raise damaged(path, str(error)) from error

    def forget_failure(self, stage: str, key: str) -> None:
        """Take a failure away, so that the stage is tried again."""
        self.place(stage, key, "failed").unlink(missing_ok=True)


def open_store(root: str | os.PathLike[str], *, make: bool = False) -> Store:
    """Open a store.

    Parameters
    ----------
    root : path or str
        A folder, or a URL that fsspec knows.
    make : bool
        Whether to make one where there is none.

    Raises
    ------
    StoreError
        If there is none, it is another kind of folder, of a newer version, cannot be written to, or
        a folder in it is a link.
    """
    folder = place_of(root)
    if not (folder / "store.json").is_file():
        if not make or _holds_anything(folder):
            raise no_store(folder)
        try:
            write_version(folder, VERSION)
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be written to ({error.strerror or error}); give another folder"
            ) from error
    found = version_of(folder)
    check_way(folder, found)
    if found < VERSION:
        raise StoreError(
            f"{folder}: is a store of version {found}; featuretopo store upgrade --store {folder} "
            f"brings it to {VERSION}"
        )
    for name in ("objects", "sweeps", "results", "damaged"):
        part = folder / name
        if isinstance(part, Path) and part.is_symlink():
            raise linked(part)
    return Store(folder)


def store_if_any(root: str | os.PathLike[str]) -> Store | None:
    """Open a store; None where there is none yet, and a run would make one.

    Raises
    ------
    StoreError
        As :func:`open_store`.
    """
    folder = place_of(root)
    has_one = (folder / "store.json").is_file()
    return open_store(root) if has_one or _holds_anything(folder) else None


def no_store(folder: Place) -> StoreError:
    """Say what is there instead of a store, and what to do."""
    if folder.is_file():
        return StoreError(f"{folder}: is a file, and a store is a folder; give another --store")
    if _holds_anything(folder):
        return StoreError(
            f"{folder}: is a folder of other things and no store: it has no store.json; give "
            "another --store"
        )
    state = "is empty" if folder.exists() else "no store is there"
    return StoreError(f"{folder}: {state}; featuretopo sweep run SPEC --store {folder} makes one")


def check_way(folder: Place, version: int) -> None:
    """Refuse a version from which no way leads to today's.

    Raises
    ------
    StoreError
        If it is newer, or a step is missing.
    """
    if version > VERSION:
        raise StoreError(
            f"{folder}: is a store of version {version}, and this featuretopo knows {VERSION}; "
            "update featuretopo, or give another --store"
        )
    if any(step not in STEPS for step in range(version, VERSION)):
        raise StoreError(
            f"{folder}: is a store of version {version}, and no way is known from it to {VERSION}; "
            "run its sweeps again in another --store"
        )


def write_version(folder: Place, version: int) -> None:
    """Write down which version of the layout a store has."""
    text = json.dumps({"format": "store", "version": version}) + "\n"
    write_whole(folder / "store.json", text.encode())


def version_of(folder: Place) -> int:
    """Read which version of the layout a store has."""
    path = folder / "store.json"
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != "store" or type(content["version"]) is not int:
            raise ValueError("no store's")
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f'{path}: damaged ({error}); write {{"format": "store", "version": {VERSION}}} '
            "into it if the folder is a store"
        ) from error
    version: int = content["version"]
    return version


def _holds_anything(folder: Place) -> bool:
    if not folder.exists():
        return False
    return folder.is_file() or any(True for _ in files(folder))


def _stems(folder: Place, suffix: str) -> list[str]:
    if not folder.exists():
        return []
    names = (entry.name for entry in files(folder))
    return sorted(
        name.removesuffix(suffix)
        for name in names
        if name.endswith(suffix) and not name.startswith(".")
    )
