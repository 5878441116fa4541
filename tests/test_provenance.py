"""Provenance: what made a result."""

import json
import subprocess
import sys
from importlib.metadata import version

import featuretopo
from featuretopo import provenance as module
from featuretopo.provenance import provenance


def test_it_is_json_and_holds_what_was_given():
    found = json.loads(json.dumps(provenance(command="featuretopo demo", seed=7, seconds=1.26)))
    assert (found["command"], found["seed"], found["seconds"]) == ("featuretopo demo", 7, 1.3)


def test_versions_are_those_that_run(monkeypatch):
    monkeypatch.setattr(module, "_PACKAGES", ("numpy", "no-such-package"))
    monkeypatch.setattr(module, "_EXTRAS", ("no-such-extra",))
    assert provenance(command="", seed=0, seconds=0)["versions"] == {
        "featuretopo": featuretopo.__version__,
        "numpy": version("numpy"),
        "no-such-package": "not installed",
    }  # of engines that need not be there, those that are


def test_the_packages_that_decide_a_result_are_named():
    found = provenance(command="", seed=0, seconds=0)["versions"]
    used = {"numpy", "scikit-learn", "torch", "ripser", "gudhi", "persim", "POT", "kmapper"}
    assert used | {"umap-learn", "numba", "networkx"} <= set(found)
    assert "not installed" not in found.values()


def test_peak_memory_is_in_megabytes(tmp_path):
    code = """
from featuretopo.provenance import provenance
ballast = b"x" * (200 << 20)
print(provenance(command="", seed=0, seconds=0)["peak_memory_mb"]["main process"])
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert 200 <= int(run.stdout) < 100_000  # not kilobytes
