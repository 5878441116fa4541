"""A fixed number of threads while a stage works: same seed, same number of threads, same bits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

#: What libraries read when they are loaded; a process pool sets these before it starts a worker.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Hold BLAS, OpenMP, torch and numba to so many threads."""
    import numba
    import torch

    # numba sets OpenMP's count for the whole process, torch's with it: every stage sets it again
    most: int = vars(numba.config)["NUMBA_NUM_THREADS"]  # set when a process starts
    before = torch.get_num_threads(), numba.get_num_threads()
    with _libraries(len(sys.modules)).limit(limits=threads):
        torch.set_num_threads(threads)
        numba.set_num_threads(min(threads, most))
        try:
            yield
        finally:
            torch.set_num_threads(before[0])
            numba.set_num_threads(before[1])


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    # finding them costs milliseconds, and no new one is loaded but with a new module
    return ThreadpoolController()
