"""Thread counts of the process, left as they were found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def thread_counts_kept() -> Iterator[None]:
    """Give thread pools their counts back after a call that starts numba's.

    Where numba starts its own threads, it sets OpenMP's count to all cores, and with it that of
    torch, which may have been held to fewer: on busy cores its steps then wait for each other.
    """
    with threadpool_limits():  # of whatever is loaded by now, what it found on the way in
        yield
