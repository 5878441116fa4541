"""A Dask cluster as an executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from urllib.parse import urlsplit

from featuretopo.bench.errors import ExecutorError
from featuretopo.errors import FeaturetopoError

_PATIENCE = "10s"
_SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")


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
        If it is no address, dask.distributed is not installed, nobody answers there, the cluster
        has no worker, or its scheduler dies.
    """
    if address != "local" and not _is_address(address):
        raise FeaturetopoError(
            f"--dask {address!r} is no address of a scheduler: give tcp://HOST:PORT (or "
            f"{', '.join(f'{scheme}://' for scheme in _SCHEMES[1:])}), or: local"
        )
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
    # what the client would tell of a scheduler that is lost, also while it closes, is told here
    with _silent("distributed.client"), client:
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
        try:
            yield client.get_executor(pure=False, retries=0), len(threads) + 1
        except ExecutorError as error:
            raise FeaturetopoError(
                f"the Dask scheduler at {address} is gone, or the connection to it; what is "
                "finished is kept: start it and its workers again, and the same command goes on"
            ) from error


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Hold a logger to what is critical."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _is_address(text: str) -> bool:
    """Whether it names a host and a port; without a scheme, Dask takes it for tcp."""
    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        return bool(parts.scheme in _SCHEMES and parts.hostname and parts.port)
    except ValueError:  # of a port
        return False
