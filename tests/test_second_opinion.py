"""Other libraries on the same dictionary: where they must agree, and what is said if not."""

import builtins

import numpy as np
import pytest

from featuretopo import Dictionary, GroundTruth, circular_order
from featuretopo.report.build import report
from featuretopo.topology import second_opinion
from featuretopo.topology.mapper import PCA, Cubes, DensityClusters, mapper
from featuretopo.topology.mapper.kmapper_adapter import run_kmapper
from featuretopo.topology.second_opinion import EngineOpinion, _verdict
from featuretopo.truth import Blobs, Circle, Sphere

TRUTH = GroundTruth([Circle(12), Circle(24), Blobs(2, 8), Sphere(30)], 64, rng=0).dictionary


def test_engines_agree_and_find_the_circles():
    opinion = second_opinion(TRUTH)
    for engine in opinion.engines:
        if not engine.missing:
            assert engine.n_bars == opinion.engines[0].n_bars >= 2
            assert engine.apart < 1e-6
    assert "agree on the H1 bars below the noise floor" in opinion.verdict
    assert "DISAGREE" not in opinion.verdict


def test_hdbscan_finds_clusters_that_stand_apart():
    x = GroundTruth([Blobs(4, 12, 0.3), Sphere(30)], 64, rng=0).dictionary
    ours, theirs = second_opinion(x).clusters
    assert (ours.method, ours.n_clusters, ours.n_features, ours.agreement) == (
        "featuretopo",
        4,
        48,
        1,
    )
    assert theirs.method == "HDBSCAN" and theirs.n_clusters >= 4
    assert theirs.agreement == pytest.approx(1)


def test_arrays_are_taken_as_dictionaries_are():
    x = GroundTruth([Circle(12), Sphere(20)], 64, rng=0).dictionary
    one, other = second_opinion(x), second_opinion(x.vectors)
    assert [each.n_bars for each in one.engines] == [each.n_bars for each in other.engines]


def test_without_clusters_nothing_agrees():
    ours, _ = second_opinion(Dictionary(np.eye(12))).clusters
    assert (ours.n_clusters, ours.n_features, ours.agreement) == (0, 0, None)


@pytest.mark.parametrize("cover", [Cubes(5, 0.4), Cubes((4, 6), (0.3, 0.5))])
def test_kmapper_draws_our_graph(cover):
    # two samples a core: no border points, which DBSCAN gives to the first cluster to come
    for seed in range(5):
        x = Dictionary(np.random.default_rng(seed).standard_normal((80, 5)))
        ours = mapper(x, cover=cover, clusterer=DensityClusters(0.8, 2))
        theirs = run_kmapper(x.unit, PCA(2).values(x).astype(float), cover, 0.8, 2)
        sets = [sorted(tuple(m.tolist()) for m in graph.members) for graph in (ours, theirs)]
        assert sets[0] == sets[1]
        assert (ours.n_loops, ours.n_components) == (theirs.n_loops, theirs.n_components)


def test_giotto_covers_what_dbscan_calls_noise():
    pytest.importorskip("gtda")
    graphs = {each.library: each.graph for each in second_opinion(TRUTH).graphs}
    assert graphs["featuretopo"].coverage < 1
    assert graphs["giotto-tda"].coverage == 1
    # besides the nodes of noise it has ours
    sets = [{frozenset(m.tolist()) for m in graphs[k].members} for k in ("kmapper", "giotto-tda")]
    assert len(sets[0] & sets[1]) >= 0.9 * len(sets[0])


def test_what_is_not_installed_is_named_with_the_remedy(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *args, **given):
        if name.split(".")[0] in ("gph", "gtda"):
            raise ImportError(name)
        return real(name, *args, **given)

    monkeypatch.setattr(builtins, "__import__", without)
    opinion = second_opinion(TRUTH)
    assert opinion.engines[2].n_bars is None
    assert "pip install 'featuretopo[giotto]'" in opinion.engines[2].missing
    assert opinion.graphs[2].graph is None
    assert "pip install 'featuretopo[giotto]'" in opinion.graphs[2].missing
    assert "of 2 libraries" in opinion.verdict
    order = circular_order(
        Dictionary([[3, 0], [2, 2], [-1, 2], [-3, 0], [0, -2]], names=list("abcde"))
    )
    page = report([], tmp_path / "page.html", orders=[order], opinions={"<b>x</b>": opinion})
    html = page.read_text()
    assert "Second opinion" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "featuretopo[giotto]" in html


def test_engines_that_disagree_are_not_passed_over():
    engines = [EngineOpinion("ripser", 2, 0.0), EngineOpinion("gudhi", 2, 0.1)]
    assert _verdict(engines, []) == "ripser, gudhi DISAGREE on the H1 bars below the noise floor"
    engines = [EngineOpinion("ripser", 2, 0.0), EngineOpinion("gudhi", 3, 0.0)]
    assert "DISAGREE" in _verdict(engines, [])
