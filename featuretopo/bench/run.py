"""run_plan: choose an executor, carry a plan out on it, and leave no process behind."""

from __future__ import annotations

from collections.abc import Callable

from featuretopo.bench.errors import StoreError
from featuretopo.bench.execute import Progress, execute
from featuretopo.bench.place import is_memory
from featuretopo.bench.plan import Plan
from featuretopo.bench.processes import Processes
from featuretopo.bench.store import Store


def run_plan(
    plan: Plan,
    store: Store,
    *,
    workers: int = 2,
    threads: int = 1,
    dask: str | None = None,
    retry_failed: bool = False,
    watch: Callable[[Progress], None] | None = None,
) -> Progress:
    """Carry a plan out on processes of this machine, or on a Dask cluster.

    Parameters
    ----------
    plan : Plan
    store : Store
    workers, threads : int
        Processes, and BLAS threads of each.
    dask : str, optional
        Address of a scheduler, or "local".
    retry_failed, watch
        As in :func:`featuretopo.bench.execute`.
    """
    if is_memory(store.root):
        raise StoreError(
            f"{store.root}: is the memory of this process, which workers do not see; give a folder"
        )
    if dask is not None:
        from featuretopo.bench.dask_cluster import dask_executor

        with dask_executor(dask, workers) as (executor, at_once):
            return execute(
                plan,
                store,
                executor,
                at_once=at_once,
                threads=threads,
                retry_failed=retry_failed,
                watch=watch,
            )
    pool = Processes(workers, threads)
    try:
        return execute(
            plan,
            store,
            pool,
            at_once=workers + 1,  # one waits, so that no worker does
            threads=threads,
            retry_failed=retry_failed,
            watch=watch,
        )
    finally:
        pool.kill()
