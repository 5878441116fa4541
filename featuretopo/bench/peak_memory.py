"""Peak memory of one piece of work in a process that does many."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path


def reset_peak_memory() -> None:
    """Start to measure anew, where the system lets us (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb() -> float:
    """Return the most memory held since the last reset, else since the process began.

    Examples
    --------
    >>> peak_memory_mb() > 1
    True
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
