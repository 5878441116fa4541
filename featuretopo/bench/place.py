"""Where a store lies: a folder, or a URL of any file system that fsspec knows."""

from __future__ import annotations

import os
import posixpath
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from featuretopo.bench.errors import StoreError
from featuretopo.files import atomic


@dataclass(frozen=True, slots=True)
class Url:
    """A place behind a URL, with as much of :class:`pathlib.Path` as stores need.

    Attributes
    ----------
    system : fsspec.AbstractFileSystem
    path : str
        Inside of it.
    """

    system: Any
    path: str

    def __str__(self) -> str:
        shown: str = self.system.unstrip_protocol(self.path)
        return shown

    def __truediv__(self, name: str) -> Url:
        return Url(self.system, f"{self.path.rstrip('/')}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return posixpath.basename(self.path)

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return posixpath.splitext(self.name)[0]

    @property
    def parent(self) -> Url:
        """The folder that it lies in."""
        return Url(self.system, posixpath.dirname(self.path))

    def is_file(self) -> bool:
        """Whether there is a file."""
        return bool(self.system.isfile(self.path))

    def exists(self) -> bool:
        """Whether there is anything."""
        return bool(self.system.exists(self.path))

    def read_bytes(self) -> bytes:
        """Return what the file holds."""
        content: bytes = self.system.cat_file(self.path)
        return content

    def write_bytes(self, content: bytes) -> None:
        """Write a file under a temporary name, and rename it."""
        # not every system's own way to write is whole or nothing
        temporary = self.parent / f".{self.name}-{uuid.uuid4().hex}"
        self.system.makedirs(self.parent.path, exist_ok=True)
        self.system.pipe_file(temporary.path, content)
        self.system.mv(temporary.path, self.path)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Take the file away."""
        try:
            self.system.rm_file(self.path)
        except FileNotFoundError:
            if not missing_ok:
                raise


Place = Path | Url


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a folder behind a URL, as :class:`os.DirEntry` is one on disk."""

    name: str
    path: str
    size: int

    def is_symlink(self) -> bool:
        """Never: a URL leads where it says."""
        return False


def place_of(where: str | os.PathLike[str]) -> Place:
    """Return the folder or URL that somebody means; ``file://`` is a folder.

    Raises
    ------
    StoreError
        If fsspec knows no such file system, or the package for it is not installed.

    Examples
    --------
    >>> place_of("runs/sweeps").name, str(place_of("memory://mine"))
    ('sweeps', 'memory:///mine')
    """
    text = os.fspath(where)
    if "://" not in text:
        return Path(text)
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(text)
    except (ImportError, ValueError, OSError) as error:
        raise StoreError(
            f"{text}: cannot be opened ({error}); give a folder, or a URL of a file system that "
            "fsspec knows and whose package is installed"
        ) from error
    if ".." in path.split("/"):
        raise StoreError(f"{text}: climbs out with '..'; give the URL itself")
    if "file" in _protocols(system):
        return Path(path)
    return Url(system, path.rstrip("/"))


def is_memory(place: Place) -> bool:
    """Whether it lies in the memory of this process, which no other process sees."""
    return isinstance(place, Url) and "memory" in _protocols(place.system)


def write_whole(place: Place, content: bytes) -> None:
    """Write a file whole or not at all."""
    if isinstance(place, Url):
        place.write_bytes(content)
        return
    with atomic(place) as temporary:
        temporary.write_bytes(content)


def move(file: Place, folder: Place) -> None:
    """Move a file into a folder of the same system, which is made if it is missing."""
    target = folder / file.name
    if isinstance(target, Path):
        target.parent.mkdir(exist_ok=True)
        os.replace(str(file), target)
    else:
        target.system.makedirs(target.parent.path, exist_ok=True)
        target.system.mv(str(file), target.path)


def below(place: Place) -> Iterator[os.DirEntry[str] | Entry]:
    """Yield the files two folders down, hidden ones too; none where there is no such folder.

    Raises
    ------
    StoreError
        If a folder on the way is a link: what is written under it would lie elsewhere.
    """
    if isinstance(place, Url):  # asked for at once: each question may be a journey
        place.system.invalidate_cache()
        for path, each in sorted(place.system.find(place.path, detail=True).items()):
            yield Entry(posixpath.basename(path), path, each["size"] or 0)
        return
    for outer in _folders(place):
        for inner in _folders(outer.path):
            yield from files(Path(inner.path))


def files(place: Place) -> Iterator[os.DirEntry[str] | Entry]:
    """Yield what lies in a folder that holds files."""
    if isinstance(place, Url):
        for each in _listed(place):
            yield Entry(posixpath.basename(each["name"]), each["name"], each["size"] or 0)
        return
    with os.scandir(place) as entries:
        yield from entries


def _listed(place: Url) -> list[dict[str, Any]]:
    # what another process has just written is to be seen
    place.system.invalidate_cache()
    try:
        found: list[dict[str, Any]] = place.system.ls(place.path, detail=True)
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda each: str(each["name"]))


def _folders(path: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    """Return the folders in a folder."""
    try:
        with os.scandir(path) as entries:
            found = list(entries)
    except FileNotFoundError:
        return []
    for entry in found:
        if entry.is_symlink():
            raise linked(entry.path)
    return [entry for entry in found if entry.is_dir()]


def linked(path: str | os.PathLike[str]) -> StoreError:
    """Say that a folder of a store is a link."""
    return StoreError(
        f"{path}: is a link, which may lead out of the store; put the folder itself in its place "
        "(the whole store may be a link)"
    )


def _protocols(system: Any) -> tuple[str, ...]:
    given = system.protocol
    return (given,) if isinstance(given, str) else tuple(given)
