"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from featuretopo.errors import FeaturetopoError


def claim_folder(folder: str | os.PathLike[str]) -> Path:
    """Make a folder and make sure that files can be written to it, before long work starts.

    Raises
    ------
    FeaturetopoError
        If it is a file, or cannot be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> claim_folder(tempfile.mkdtemp()).is_dir()
    True
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            return target
    except OSError as error:
        raise FeaturetopoError(
            f"{target}: cannot be written to ({error.strerror}); choose another folder"
        ) from error


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` only if the block succeeds.

    Missing parent folders are made. If the block raises, nothing is left behind and whatever
    stood at `path` before is untouched.

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
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # mkstemp makes files private; a result is not
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
