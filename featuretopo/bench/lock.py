"""One run at a time: a lock that the system takes back when its owner dies, however it dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from featuretopo.bench.errors import StoreError
from featuretopo.bench.place import Place
from featuretopo.bench.store import Store


def _lock_file(root: Place) -> Path:
    # no file system behind a URL takes a lock back when its owner dies: there it keeps apart the
    # runs of one machine, and runs of two write the same bits
    if isinstance(root, Path):
        return root / "lock"
    name = hashlib.blake2b(str(root).encode(), digest_size=10).hexdigest()
    return Path(tempfile.gettempdir()) / f"featuretopo-{os.getuid()}-{name}.lock"


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Hold a store while the block runs.

    Raises
    ------
    StoreError
        If another process holds it; the message says which. A killed owner holds nothing.
    """
    path = _lock_file(store.root)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StoreError(
            f"{store.root}: cannot be written to ({error.strerror}); give another folder"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
            raise StoreError(
                f"{store.root}: is in use by {owner or 'another run'}; wait for it, or give "
                "another --store"
            ) from error
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)
        except OSError as error:
            raise StoreError(
                f"{store.root}: cannot be written to ({error.strerror}); make room, or give "
                "another folder"
            ) from error
        yield
    finally:
        os.close(handle)  # which lets go of the lock
