"""What this process may use: the least of the machine and of every group around it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from featuretopo import allowance
from featuretopo.allowance import Memory

GB = 2**30
NO_LIMIT = 9223372036854771712  # of version 1


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 cores and 256 GB, 200 of them free."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    lines = {"MemTotal": 256 * GB // 1024, "MemAvailable": 200 * GB // 1024}
    write(tmp_path, "proc/meminfo", "".join(f"{k}:  {v} kB\n" for k, v in lines.items()))


def write(root: Path, name: str, content: object) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"{content}")


def test_a_machine_without_groups_is_all_there(tmp_path: Path) -> None:
    assert allowance.cores(tmp_path) == 64
    assert allowance.memory(tmp_path) == Memory(256 * GB, 200 * GB, 256 * GB)


def test_nothing_is_known_where_nothing_tells(tmp_path: Path) -> None:
    assert allowance.memory(tmp_path / "none") is None


def test_a_container_of_version_2(tmp_path: Path) -> None:
    write(tmp_path, "proc/self/cgroup", "0::/\n")
    group = "sys/fs/cgroup/"
    write(tmp_path, group + "cpu.max", "150000 100000\n")
    write(tmp_path, group + "memory.max", 8 * GB)
    write(tmp_path, group + "memory.current", 5 * GB)
    # files that are kept at hand are not in the way
    write(tmp_path, group + "memory.stat", f"anon {3 * GB}\ninactive_file {2 * GB}\n")
    assert allowance.cores(tmp_path) == 1.5
    assert allowance.memory(tmp_path) == Memory(8 * GB, 5 * GB, 256 * GB)


def test_the_tightest_of_the_groups_around_counts(tmp_path: Path) -> None:
    write(tmp_path, "proc/self/cgroup", "0::/slice/job/step\n")
    top = "sys/fs/cgroup/"
    for group, cpu, limit, used in (
        ("slice/", "800000 100000", 16 * GB, 12 * GB),
        ("slice/job/", "400000 100000", 10 * GB, 1 * GB),
        ("slice/job/step/", "max 100000", "max", 1 * GB),
    ):
        write(tmp_path, f"{top}{group}cpu.max", cpu)
        write(tmp_path, f"{top}{group}memory.max", limit)
        write(tmp_path, f"{top}{group}memory.current", used)
    assert allowance.cores(tmp_path) == 4
    assert allowance.memory(tmp_path) == Memory(10 * GB, 4 * GB, 256 * GB)


@pytest.mark.parametrize("seen_at", ["", "docker/abc/"])
def test_a_container_of_version_1(tmp_path: Path, seen_at: str) -> None:
    # a container may see its own group at the top, and not where its path leads
    write(tmp_path, "proc/self/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n")
    group = f"sys/fs/cgroup/cpu/{seen_at}"
    write(tmp_path, group + "cpu.cfs_quota_us", 200000)
    write(tmp_path, group + "cpu.cfs_period_us", 100000)
    group = f"sys/fs/cgroup/memory/{seen_at}"
    write(tmp_path, group + "memory.limit_in_bytes", 4 * GB)
    write(tmp_path, group + "memory.usage_in_bytes", 3 * GB)
    write(tmp_path, group + "memory.stat", f"inactive_file 0\ntotal_inactive_file {GB}\n")
    assert allowance.cores(tmp_path) == 2
    assert allowance.memory(tmp_path) == Memory(4 * GB, 2 * GB, 256 * GB)


def test_groups_of_version_1_without_a_limit_limit_nothing(tmp_path: Path) -> None:
    write(tmp_path, "proc/self/cgroup", "4:memory:/\n3:cpu:/../x\n")
    write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", -1)
    write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_period_us", 100000)
    write(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", NO_LIMIT)
    write(tmp_path, "sys/fs/cgroup/memory/memory.usage_in_bytes", GB)
    assert allowance.cores(tmp_path) == 64
    assert allowance.memory(tmp_path) == Memory(256 * GB, 200 * GB, 256 * GB)


def test_cores_that_a_process_may_run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert allowance.cores(tmp_path) == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert allowance.cores(tmp_path) == 5
