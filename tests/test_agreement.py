"""Agreement of groupings: scikit-learn's figure, and p-values that hold their level."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK, MutuallyExclusive, Nested
from featuretopo.topology.cooccurrence import agreement, lobes, pair_counts
from featuretopo.truth import Blobs, Sphere

module = import_module("featuretopo.topology.cooccurrence.agreement")


@settings(max_examples=60)
@given(
    st.integers(4, 120), st.integers(2, 8), st.integers(2, 8), st.booleans(),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_the_figure_is_scikit_learns(n, n_a, n_b, alike, seed):
    rng = np.random.default_rng(seed)
    a = rng.integers(-1, n_a, n)
    b = np.where(rng.random(n) < 0.7, a, rng.integers(-1, n_b, n)) if alike else rng.integers(
        -1, n_b, n
    )  # fmt: skip
    both = (a >= 0) & (b >= 0)
    if len(set(a[both])) < 2 or len(set(b[both])) < 2:
        return
    if len(set(a[both])) == len(set(b[both])) == both.sum():
        return  # the figure is 0 / 0
    found = agreement(a, b, rng.random(n), draws=19, rng=0)
    assert found.n_features == both.sum()
    assert found.value == pytest.approx(adjusted_mutual_info_score(a[both], b[both]), abs=1e-9)
    assert agreement(b, a, np.ones(n), draws=19, rng=0).value == pytest.approx(found.value)


def test_a_permutation_stays_within_its_band_of_frequency():
    often = np.random.default_rng(0).permutation(100)
    bands = module._bands(often)
    assert np.bincount(bands).tolist() == [20] * 5
    assert (np.diff(bands[np.argsort(often)]) >= 0).all()
    # what follows the bands alone is the same after every permutation within them
    found = agreement(bands, bands, often, rng=0)
    assert found.null.min() == pytest.approx(1) and found.p_value == 1
    assert np.isnan(found.effect_size) or found.effect_size == pytest.approx(0, abs=1e-6)
    free = agreement(bands, bands, often, exchange="all", rng=0)
    assert free.p_value == 0.001 and free.effect_size > 10 and free.n_bands == 1


def test_groupings_that_share_only_frequency_agree_by_free_permutation_alone():
    runs, n, small = 200, 400, {"within bands": 0, "all": 0}
    for run in range(runs):
        rng = np.random.default_rng(run)
        often = rng.random(n)
        a, b = (np.where(rng.random(n) < often, 0, rng.integers(1, 4, n)) for _ in range(2))
        found = [agreement(a, b, often, exchange=by, draws=39, rng=run) for by in small]
        for each in found:
            small[each.exchange] += each.p_value <= 0.05
        assert found[0].value == found[1].value
        assert found[0].effect_size < found[1].effect_size
    assert small["within bands"] <= binom(runs, 0.05).ppf(0.999)
    assert small["all"] > 0.9 * runs


def test_the_null_has_mean_zero_where_all_may_change_places():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (2, 60))
    null = agreement(a, b, np.ones(60), exchange="all", draws=4000, rng=0).null
    assert abs(null.mean()) < 4 * null.std() / np.sqrt(len(null))


@pytest.mark.slow
@pytest.mark.parametrize("exchange", ["within bands", "all"])
def test_under_independence_p_values_hold_their_level(exchange):
    runs, n = 200, 48
    small = {0.05: 0, 0.2: 0}
    for run in range(runs):
        rng = np.random.default_rng((run, 7))
        # uneven frequencies, and directions that know nothing of who fires with whom
        rates = rng.uniform(0.01, 0.3, n)
        counts = pair_counts(rng.random((300, n)) < rates)
        x = rng.standard_normal((n, 8))
        clusters = KMeans(4, n_init=1, random_state=run).fit_predict(x)
        found = lobes(counts, 4, rng=run).labels
        p = agreement(found, clusters, counts.fired, exchange=exchange, draws=39, rng=run).p_value
        for level in small:
            small[level] += p <= level
    for level, seen in small.items():
        assert binom(runs, level).ppf(0.0005) <= seen <= binom(runs, level).ppf(0.9995)


def test_lobes_of_shapes_agree_with_the_clusters_of_their_geometry():
    truth = ft.GroundTruth([Blobs(5, 8), Sphere(30)], 64, rng=0)
    model = ft.SimulatedLLM(truth, cooccurrence=Nested(MutuallyExclusive(), ExactlyK(2)), rng=0)
    counts = pair_counts(model.sample(20_000, rng=0))
    found = ft.clusters(truth.dictionary, rng=0)
    labels = np.full(len(truth.dictionary), -1)
    for number, cluster in enumerate(found):
        labels[cluster.members] = number
    of_lobes = lobes(counts, 6, affinity="jaccard", rng=0)
    one = agreement(of_lobes.labels, found, counts.fired, rng=0)
    assert one.value == agreement(of_lobes.labels, labels, counts.fired, rng=0).value
    assert one.value == agreement(of_lobes.labels, iter(found), counts.fired, rng=0).value
    assert one.value == agreement(of_lobes, found, counts.fired, rng=0).value
    assert one.value > 0.9 and one.p_value == 0.001 and one.n_features == 40
    forest = ft.families(counts)
    of_families = agreement(forest.families, of_lobes, counts.fired, rng=0)
    assert of_families.value == agreement(forest, of_lobes, counts.fired, rng=0).value
    alone = ft.families(counts, without=range(len(truth.dictionary)))
    with pytest.raises(FeaturetopoError, match="a has 0 groups among the 0 features"):
        agreement(alone, of_lobes, counts.fired)


def test_the_number_of_workers_changes_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    a, b, often = rng.integers(0, 5, 300), rng.integers(0, 4, 300), rng.random(300)
    alone = agreement(a, b, often, draws=99, rng=3)
    monkeypatch.setattr(module, "_HEAVY", 0)
    beside = agreement(a, b, often, draws=99, rng=3)
    assert (alone.null == beside.null).all() and alone.p_value == beside.p_value
    assert (agreement(a, b, often, draws=99, rng=4).null != alone.null).any()


def test_groups_of_one_feature_each_agree():
    found = agreement(range(5), [4, 3, 2, 1, 0], np.ones(5), draws=19, rng=0)
    assert found.value == 1 and found.p_value == 1


def test_bad_arguments_are_refused():
    a, b, often = [0, 0, 1, 1], [0, 1, 0, 1], np.ones(4)
    truth = ft.GroundTruth([Blobs(2, 8), Sphere(20)], d=64, rng=0)
    clusters = ft.clusters(truth.dictionary, rng=0)
    for words, arguments, options in (
        (r"b of shape \(3,\) for 4 features", (a, b[:3], often), {}),
        (r"a of shape \(\) for 4 features", (3, b, often), {}),
        ("fired must be numbers in rows", (a, b, [[1], [1, 2]]), {}),
        ("a is neither labels nor groups: give one", ([[1], [1, 2]], b, often), {}),
        (
            "a holds labels of type float64: number the groups, -1 for none",
            (np.array(a, float), b, often),
            {},
        ),
        ("a has 1 group among the 4", ([0] * 4, b, often), {}),
        ("b has 1 group among the 2", (a, [-1, 1, -1, 1], often), {}),
        (
            "a has 0 groups among the 0 features that are in a group of both: give",
            ([-1] * 4, b, often),
            {},
        ),
        (r"fired of shape \(4,\) must be one finite number", (a, b, [1, 2, np.nan, 4]), {}),
        ("fired holds -2: a feature fires in no sample or more", (a, b, [1, 2, -2, 4]), {}),
        (r"fired of shape \(1, 4\) must be one finite number", (a, b, [often]), {}),
        ("fired must be numbers in rows of equal length", (a, b, ["x"] * 4), {}),
        ("exchange='bands' must be", (a, b, often), {"exchange": "bands"}),
        ("draws=18: fewer than 19", (a, b, often), {"draws": 18}),
        (r"b has feature \d+ in a group", (a, clusters, often), {}),
        ("a has a feature in two groups", (clusters * 2, b * 9, np.ones(36)), {}),
    ):
        with pytest.raises(FeaturetopoError, match=words):
            agreement(*arguments, rng=0, **options)
