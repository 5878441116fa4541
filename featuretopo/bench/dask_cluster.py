"""A Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from featuretopo.errors import FeaturetopoError

_PATIENCE = "10s"


@contextmanager
def dask_executor(address: str, workers: int) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on a Dask cluster, and how many tasks it is to be given at a time.

    Parameters
    ----------
    address : str
        Of a scheduler, ``tcp://host:port``; or "local" for a cluster of `workers` processes.
    workers : int
        Of a local cluster.

    Raises
    ------
    FeaturetopoError
        If dask.distributed is not installed, nobody answers at the address, or the cluster has no
        worker.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise FeaturetopoError(
            "--dask needs dask.distributed, which is not installed: pip install 'featuretopo[dask]'"
        ) from error
    if address == "local":
        # one thread each: two stages in one process would share numba's and torch's settings
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client.get_executor(pure=False, retries=0), workers + 1
        return
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise FeaturetopoError(
            f"--dask {address}: nobody answers there within {_PATIENCE}; start it with: dask "
            "scheduler, and dask worker ADDRESS --nthreads 1; or give --dask local"
        ) from error
    with client:
        threads = client.nthreads()
        if not threads:
            raise FeaturetopoError(
                f"--dask {address}: the scheduler has no worker; start some with: dask worker "
                f"{address} --nthreads 1"
            )
        if max(threads.values()) > 1:
            raise FeaturetopoError(
                f"--dask {address}: its workers run {max(threads.values())} tasks in one process, "
                "which share their thread counts; start them with --nthreads 1"
            )
        yield client.get_executor(pure=False, retries=0), len(threads) + 1
