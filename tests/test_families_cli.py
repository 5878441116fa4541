"""``featuretopo families``: a table, a JSON file, and bad input in one line."""

import json
import sys

import numpy as np
import pytest
from scipy import sparse

import featuretopo as ft
from featuretopo import cli
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ByShape, Given, Hierarchical
from featuretopo.topology.cooccurrence import families
from featuretopo.topology.cooccurrence.export import save_json
from featuretopo.truth import Sphere, Tree


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["featuretopo", "families", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), " ".join(captured.out.split()), captured.err

    return call


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the codes of a model and its truth."""
    monkeypatch.chdir(tmp_path)
    truth = ft.GroundTruth([Tree(3, 2), Tree(2, 2), Sphere(20)], 64, rng=0)
    often = Given((0.35,) * len(truth.dictionary))
    rule = ByShape({"tree": Hierarchical(conditional=True)})
    model = ft.SimulatedLLM(truth, cooccurrence=rule, frequency=often, rng=0)
    codes = model.sample(20_000, rng=0).codes.sparse()
    sparse.save_npz("codes.npz", codes)
    truth.dictionary.save("truth.safetensors")
    return truth


def test_it_prints_a_table_of_families(run, here):
    code, out, err = run("codes.npz")
    assert (code, err) == (0, "")
    assert "size depth fires root members" in out
    assert "2 families of 20 features; 20 stand alone" in out
    assert "and 6 more" in out


def test_names_come_from_the_dictionary_and_all_goes_to_json(run, here):
    code, out, err = run("codes.npz", "--dictionary", "truth.safetensors", "--out", "new/out.json")
    assert (code, err) == (0, "") and "tree of 13 #0" in out
    with open("new/out.json", encoding="utf-8") as file:
        told = json.load(file)
    assert told["format"] == "featuretopo families/1" and told["n_features"] == 40
    large, small = told["families"]
    assert (large["root"], large["size"], large["depth"], small["size"]) == (0, 13, 2, 7)
    parents = {member["feature"]: member["parent"] for member in large["members"]}
    assert parents == {
        row: None if parent < 0 else int(parent) for row, parent in enumerate(here.parents[:13])
    }
    root, child = large["members"][:2]
    assert root["affinity"] is None and child["overlap"] == 1 and child["label"] == "tree of 13"
    save_json(families(ft.load_codes("codes.npz"), dictionary=here.dictionary), "again.json")
    with open("again.json", encoding="utf-8") as file:
        assert json.load(file) == told


def test_affinity_and_threshold_are_passed_on(run, here):
    _, all_of_them, _ = run("codes.npz", "--affinity", "overlap", "--threshold", "0")
    _, none, _ = run("codes.npz", "--threshold", "0.99")
    assert "features; 20 stand alone" in all_of_them
    assert "0 families of 0 features; 40 stand alone" in none


def test_a_long_list_is_cut_and_the_rest_is_counted(run, here):
    one = np.random.default_rng(0).random((2000, 30)) < 0.1
    sparse.save_npz("many.npz", sparse.csr_array(np.repeat(one, 2, axis=1)))
    _, out, _ = run("many.npz")
    assert "30 families of 60 features; 0 stand alone (10 not listed)" in out


def test_bad_input_is_one_line_and_leaves_nothing(run, here, tmp_path):
    sparse.save_npz("dead.npz", sparse.csr_array((5, 40)))
    before = set(tmp_path.iterdir())
    for arguments, words in (
        (("codes.npz", "--affinity", "psi"), "codes.npz: unknown affinity 'psi'"),
        (("codes.npz", "--threshold", "2"), "threshold=2.0 must lie in [0, 1)"),
        (("codes.npz", "--names", "names.json"), "give it too"),
        (("dead.npz",), "dead.npz: no feature fires in 5 samples"),
        (("truth.safetensors",), "no sparse matrix that scipy wrote"),
        (("missing.npz",), "missing.npz"),
        (("codes.npz", "--out", "."), "is a folder"),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert words in err and err.count("\n") == 1 and err.startswith("featuretopo: ")
    assert set(tmp_path.iterdir()) == before


def test_a_dictionary_of_other_features_is_refused(run, here):
    ft.Dictionary(np.eye(3)).save("small.safetensors")
    code, _, err = run("codes.npz", "--dictionary", "small.safetensors")
    assert code == 2 and "codes of 40 features and a dictionary of 3" in err


def test_codes_that_are_not_there_are_refused(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("none.npz")
    assert code == 2 and err.count("none.npz") == 1
    assert "none.npz: cannot be read (No such file or directory)" in err
    with pytest.raises(FeaturetopoError, match="None: no sparse matrix that scipy wrote"):
        ft.load_codes(None)
