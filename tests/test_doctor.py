"""The doctor names what will fail, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from featuretopo import allowance, cli, doctor


def found(what: str) -> list[doctor.Finding]:
    return [finding for finding in doctor.examine() if finding.what == what]


def pretend(monkeypatch: pytest.MonkeyPatch, name: str, version: str | None) -> None:
    """Let a package seem to be installed at a version, or not at all."""

    def pretended(real: Callable[[str], str]) -> Callable[[str], str]:
        def look_up(package: str) -> str:
            if package != name:
                return real(package)
            if version is None:
                raise PackageNotFoundError(package)
            return version

        return look_up

    monkeypatch.setattr(doctor, "version", pretended(doctor.version))
    monkeypatch.setattr(doctor, "_version", pretended(doctor._version))


def test_the_wrong_package_umap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not found("umap")
    pretend(monkeypatch, "umap", "0.1.1")
    (finding,) = found("umap")
    assert finding.level == "bad" and "pip uninstall umap" in finding.remedy


def test_a_package_built_for_another_numpy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.import_module

    def load(name: str) -> Any:
        if name == "gudhi":
            raise ImportError("numpy.core.multiarray failed to import")
        return real(name)

    monkeypatch.setattr(doctor, "import_module", load)
    (finding,) = found("gudhi")
    assert finding.level == "bad" and "does not load" in finding.found
    assert "built for another numpy" in finding.remedy


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "ripser", None)
    (finding,) = found("ripser")
    assert (finding.level, finding.remedy) == ("bad", "pip install ripser")


def test_a_pin_that_is_broken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor, "requires", lambda name: ["scikit-learn==0.1"] if name == "giotto-tda" else []
    )
    (finding,) = (f for f in doctor.examine() if "asks for scikit-learn==0.1" in f.found)
    assert finding.level == "bad" and "pip uninstall giotto-tda" in finding.remedy


def test_more_threads_than_cores_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4096")
    (finding,) = found("threads")
    assert finding.level == "note" and "export OMP_NUM_THREADS=" in finding.remedy


def test_a_quota_below_the_cores_that_libraries_see_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(allowance, "visible_cores", lambda: 64)
    for quota, level, words in (
        (64.0, "good", "64 cores; "),
        (2.5, "note", "2.5 cores of the 64 that libraries see; "),
    ):
        monkeypatch.setattr(allowance, "cores", lambda quota=quota: quota)
        (finding,) = found("threads")
        assert finding.level == level and finding.found.startswith(words)
    assert finding.remedy == "export OMP_NUM_THREADS=2"
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert [finding.level for finding in found("threads")] == ["good"]


def test_the_memory_of_a_container_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    container = allowance.Memory(8 * 2**30, 5 * 2**30, 256 * 2**30)
    monkeypatch.setattr(allowance, "memory", lambda: container)
    (finding,) = found("memory")
    assert finding.found == "5.0 of 8.0 GB free (a limit: the machine has 256.0 GB)"
    monkeypatch.setattr(allowance, "memory", lambda: None)
    assert [finding.found for finding in found("memory")] == ["unknown"]


def test_little_memory_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LITTLE_MEMORY", 2**60)
    (finding,) = found("memory")
    assert finding.level == "note" and "--workers 1" in finding.remedy


@pytest.mark.parametrize("what", ["browser", "GPU"])
def test_a_browser_and_a_gpu_are_there_or_not(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = set()
    for there in (None, "/usr/bin/it"):
        monkeypatch.setattr(doctor.shutil, "which", lambda name, there=there: there)
        (finding,) = found(what)
        levels.add(finding.level)
    assert levels == {"good", "note"}


def test_another_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 0))
    (finding,) = found("Python")
    assert finding.level == "bad"


def test_something_bad_is_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for findings, code in (
        ((doctor.Finding("good", "a", "1"), doctor.Finding("note", "b", "2", "do it")), 0),
        ((doctor.Finding("bad", "c", "3", "mend it"),), 1),
    ):
        monkeypatch.setattr(doctor, "examine", lambda findings=findings: findings)
        monkeypatch.setattr(sys, "argv", ["featuretopo", "doctor"])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert (end.value.code or 0) == code
        shown = capsys.readouterr().out
        assert all(finding.remedy in shown for finding in findings)
