"""Seconds and memory of the stages of one process; nothing here is of featuretopo.

Both sides of benchmarks/pipeline.py measure themselves by this.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time


class Meter:
    """Adds up what each stage takes; a stage within another counts for itself alone."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._open: list[str] = []
        self._since = perf_counter(), process_time()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile as this stage."""
        self._book()
        self._open.append(name)
        try:
            yield
        finally:
            self._book()
            self._open.pop()

    def _book(self) -> None:
        """Give the time since the last change, and the memory, to the stage that is open."""
        now = perf_counter(), process_time()
        if self._open:
            empty = {"wall": 0.0, "cpu": 0.0, "peak_mb": 0.0}
            found = self.stages.setdefault(self._open[-1], empty)
            found["wall"] += now[0] - self._since[0]
            found["cpu"] += now[1] - self._since[1]
            found["peak_mb"] = max(found["peak_mb"], _peak_mb())
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the next peak is the next stage's own
        # what booking takes, belongs to none
        self._since = perf_counter(), process_time()


def _peak_mb() -> float:
    """Most memory held since the last change of stage; since the start, outside Linux."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
