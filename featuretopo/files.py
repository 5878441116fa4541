"""Files are written whole or not at all, and what fails leaves no folder behind."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from featuretopo.errors import FeaturetopoError

_READING_UMASK = threading.Lock()


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Make sure that files can be written to a folder, before long work starts.

    A folder that does not exist is made for the test and taken away again.

    Raises
    ------
    FeaturetopoError
        If it is a file, or cannot be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "new"
    >>> check_writable(target)
    >>> target.exists()
    False
    """
    target = Path(folder)
    made: list[Path] = []
    try:
        made = _make(target)
        with tempfile.TemporaryFile(dir=target):
            pass
    except OSError as error:
        raise FeaturetopoError(
            f"{target}: cannot be written to ({error.strerror}); choose another folder"
        ) from error
    finally:
        _remove(made)


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` only if the block succeeds.

    Missing parent folders are made. If the block raises, nothing is left behind, no new folder
    either, and whatever stood at `path` before is untouched.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a" / "hello.txt"
    >>> with atomic(target) as temporary:
    ...     _ = temporary.write_text("hello")
    >>> target.read_text()
    'hello'
    """
    target = Path(path)
    if target.is_dir():
        raise FeaturetopoError(f"{target}: is a folder; give the name of a file in it")
    made = _make(target.parent)
    handle, name = tempfile.mkstemp(
        prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files private; a result is not
        temporary.replace(target)
        made = []
    finally:
        temporary.unlink(missing_ok=True)
        _remove(made)


@contextmanager
def together(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder; what was written into it appears in `folder` if the block succeeds.

    A folder that does not exist appears with all files at once. In one that does, files of the
    same names are replaced and all others stay. If the block raises, nothing has changed.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "results"
    >>> with together(target) as temporary:
    ...     _ = (temporary / "a.txt").write_text("a")
    ...     target.exists()
    False
    >>> [file.name for file in target.iterdir()]
    ['a.txt']
    """
    target = Path(folder)
    made = _make(target.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if target.exists():
            for file in sorted(f for f in temporary.rglob("*") if not f.is_dir()):
                place = target / file.relative_to(temporary)
                place.parent.mkdir(parents=True, exist_ok=True)
                file.replace(place)
        else:
            temporary.replace(target)
        made = []
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _remove(made)


def _make(folder: Path) -> list[Path]:
    """Make a folder and its missing parents; return those that were made, outermost first."""
    made: list[Path] = []
    try:
        for each in [f for f in (folder, *folder.parents) if not f.exists()][::-1]:
            try:
                each.mkdir()
            except FileExistsError:  # another thread or process was faster: it is theirs
                continue
            made.append(each)
        folder.mkdir(exist_ok=True)  # refuses a file of that name
    except OSError:
        _remove(made)
        raise
    return made


def _remove(made: list[Path]) -> None:
    """Take folders away again, innermost first, unless somebody has put something in."""
    for folder in reversed(made):
        try:
            folder.rmdir()
        except OSError:
            return


def _umask() -> int:
    # it can be read only by setting it, and it is the whole process's
    with _READING_UMASK:
        mask = os.umask(0)
        os.umask(mask)
    return mask
