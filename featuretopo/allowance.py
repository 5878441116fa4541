"""Allowance: the cores and the memory that this process may use, be it in a container or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")
#: Where control groups of version 2 and 1 keep their limit of memory, what is used of it, and (in
#: memory.stat) the part of that which is files kept at hand, and goes as soon as somebody needs it.
_MEMORY = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory.

    Attributes
    ----------
    total, free : int
        What this process may use, and what of that nobody uses.
    machine : int
        What the machine has; larger where a container is given less.
    """

    total: int
    free: int
    machine: int


def cores(root: Path = _ROOT) -> float:
    """Return how many cores this process may use: those it may run on, a container's quota.

    Parameters
    ----------
    root : Path
        Of the file system that tells.

    Examples
    --------
    >>> 0 < cores() <= visible_cores()
    True
    """
    return min([float(visible_cores()), *_quotas(root)])


def visible_cores() -> int:
    """Return how many cores this process may run on: most libraries start as many threads."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory(root: Path = _ROOT) -> Memory | None:
    """Return what memory there is; None where nothing tells."""
    fields = dict(_fields(root / "proc/meminfo"))
    if "MemTotal" not in fields:
        return None
    machine, free = fields["MemTotal"] * 1024, fields.get("MemAvailable", 0) * 1024
    limits = list(_memory_limits(root))
    return Memory(
        min([machine, *(limit for limit, _ in limits)]),
        max(0, min([free, *(limit - used for limit, used in limits)])),
        machine,
    )


def _quotas(root: Path) -> Iterator[float]:
    """Yield the shares of processor time that groups around this process have, in cores."""
    for folder in _groups("cpu", root):
        words = (_text(folder / "cpu.max") or "max").split()
        old = (_text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us"))
        quota, period = words if len(words) == 2 else old
        if quota and period and quota.isdigit() and period.isdigit():
            yield int(quota) / int(period)


def _memory_limits(root: Path) -> Iterator[tuple[int, int]]:
    """Yield the limits of the groups around this process, and what is used of each, in bytes."""
    for folder in _groups("memory", root):
        for limit_file, used_file, at_hand in _MEMORY:
            limit, used = _text(folder / limit_file), _text(folder / used_file)
            if limit and used and limit.isdigit() and used.isdigit():
                spare = dict(_fields(folder / "memory.stat")).get(at_hand, 0)
                yield int(limit), int(used) - spare


def _groups(controller: str, root: Path) -> Iterator[Path]:
    """Yield the folders of this process's control group and of those around it."""
    mount = root / "sys/fs/cgroup"
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = mount / controller if controllers else mount
        yield top
        # a container may see its group as the top, and nothing where its path leads
        parts = [] if ".." in path else path.strip("/").split("/")
        for depth in range(len(parts)):
            yield top.joinpath(*parts[: depth + 1])


def _fields(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names and numbers of a file such as /proc/meminfo."""
    for line in (_text(path) or "").splitlines():
        words = line.replace(":", " ").split()
        if len(words) > 1 and words[1].isdigit():
            yield words[0], int(words[1])


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
