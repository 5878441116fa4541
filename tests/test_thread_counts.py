"""UMAP leaves the thread counts of the process as they were."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import torch  # first: numba then binds to the OpenMP that torch has loaded
import numpy as np
from threadpoolctl import threadpool_info
import featuretopo as ft

def counts():
    pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    return torch.get_num_threads(), pools

torch.set_num_threads(1)
x = ft.Dictionary(np.random.default_rng(0).standard_normal((30, 8)))
before, pools = counts()
ft.umap(x, rng=0)
after, later = counts()
import numba
assert numba.threading_layer(), "numba's threads have not been started: nothing was tried"
print(before, after, {pool for pool in pools if pools[pool] != later[pool]} or "none else")
"""


def test_umap_leaves_torch_and_blas_as_many_threads_as_they_had() -> None:
    # numba's count, which it gives to OpenMP, differs from torch's on machines of one core too
    env = os.environ | {"NUMBA_NUM_THREADS": "3"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1 1 none else"
