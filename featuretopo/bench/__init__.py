"""Sweeps: many cells planned, carried out on any executor, and collected into one table."""

from featuretopo.bench.collect import collect, write_results
from featuretopo.bench.execute import execute
from featuretopo.bench.plan import Plan, plan
from featuretopo.bench.processes import Processes
from featuretopo.bench.ready_sweeps import ready
from featuretopo.bench.spec import Spec, load_spec
from featuretopo.bench.store import Store, open_store

__all__ = [
    "Plan",
    "Processes",
    "Spec",
    "Store",
    "collect",
    "execute",
    "load_spec",
    "open_store",
    "plan",
    "ready",
    "write_results",
]
