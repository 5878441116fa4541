"""Rules of co-occurrence with unequal frequencies, against the distributions they promise."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Between,
    Bump,
    ByShape,
    Correlated,
    ExactlyK,
    Given,
    Hierarchical,
    Independent,
    Legacy,
    LowRank,
    Mixture,
    MutuallyExclusive,
    Nested,
    PerShape,
    SharkeyToy,
    SimulatedLLM,
    Together,
    UniformFrequency,
)
from featuretopo.llm.cooccurrence import Group
from featuretopo.llm.cooccurrence.alias import alias_table
from featuretopo.llm.cooccurrence.bivariate_normal import both_below
from featuretopo.llm.cooccurrence.counts import _inclusion, _weights
from featuretopo.llm.cooccurrence.legacy import _chance_to_be_drawn
from featuretopo.llm.cooccurrence.low_rank import (
    _NDTR,
    _OFFSETS,
    _SLOPES,
    _probability,
)
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere, Tree

N = 100_000
UNEVEN = np.array([0.02, 0.05, 0.11, 0.08, 0.03, 0.15, 0.01, 0.07])


def group(frequencies, vectors=None, parents=None):
    m = len(frequencies)
    return Group(
        "the group",
        np.asarray(frequencies, float),
        np.eye(m, dtype=np.float32) if vectors is None else vectors,
        np.full(m, -1) if parents is None else np.asarray(parents),
    )


def draw(rule, frequencies=UNEVEN, n=N, seed=0, **given):
    """Return the plan, and who fired as a dense matrix of bool, shape (n, m)."""
    plan = rule.plan(group(frequencies, **given), np.random.default_rng(1))
    fired = plan.draw(n, np.random.default_rng(seed))
    codes = np.zeros((n, len(frequencies)), int)
    np.add.at(codes, (fired.samples, fired.features), 1)
    assert codes.max() <= 1  # none twice
    return plan, codes > 0


def assert_frequencies(codes, expected):
    """Fail if a feature's count is further than 5 standard deviations from its mean."""
    n = len(codes)
    error = np.sqrt(n * expected * (1 - expected)) + 1e-9
    assert (abs(codes.sum(axis=0) - n * expected) <= 5 * error).all()


# ---- frequencies, whatever the rule

RULES = [
    Independent(),
    ExactlyK(1),
    ExactlyK(2),
    ExactlyK(3),
    Between(1, 4),
    MutuallyExclusive(),
    Bump(1.0),
    Correlated(0.05),
    LowRank(3, shared=0.5),
    LowRank(2, shared=0.95),
    SharkeyToy(),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_every_rule_keeps_to_uneven_frequencies(rule):
    plan, codes = draw(rule)
    np.testing.assert_allclose(plan.frequencies, UNEVEN)
    assert_frequencies(codes, UNEVEN)


@settings(max_examples=25)
@given(st.integers(2, 40), st.sampled_from(RULES[:1] + RULES[7:]), st.integers(0, 2**32))
def test_frequencies_of_any_size_and_spread(m, rule, seed):
    wanted = np.exp(np.random.default_rng(seed).uniform(np.log(0.02), np.log(0.2), m))
    if isinstance(rule, Correlated):
        rule = Correlated(0.02)
    _, codes = draw(rule, wanted, n=20_000, seed=seed)
    assert_frequencies(codes, wanted)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_same_stream_gives_the_same_firings(rule):
    plan = rule.plan(group(UNEVEN), np.random.default_rng(1))
    first, again = (plan.draw(500, np.random.default_rng(3)) for _ in range(2))
    assert first.samples.tolist() == again.samples.tolist()
    assert first.features.tolist() == again.features.tolist()


# ---- alias tables


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda w: sum(w) > 1e-3))
def test_an_alias_table_holds_the_distribution(weights):
    keep, other = alias_table(np.array(weights))
    mass = keep.copy()
    np.add.at(mass, other, 1 - keep)
    np.testing.assert_allclose(mass / len(weights), np.array(weights) / sum(weights), atol=1e-12)


# ---- exactly k, between: conditional Poisson sampling against all sets enumerated


@settings(max_examples=40)
@given(st.lists(st.floats(0.05, 20), min_size=2, max_size=7), st.integers(1, 4), st.integers(0, 3))
def test_inclusion_is_that_of_all_sets_enumerated(weights, low, more):
    weights = np.array(weights)
    low = min(low, len(weights))
    high = min(low + more, len(weights))
    expected = np.zeros(len(weights))
    for size in range(low, high + 1):
        sets = [list(s) for s in combinations(range(len(weights)), size)]
        mass = np.array([weights[s].prod() for s in sets])
        for s, share in zip(sets, mass / mass.sum(), strict=True):
            expected[s] += share / (high - low + 1)
    np.testing.assert_allclose(_inclusion(weights, low, high), expected, rtol=1e-9)


@settings(max_examples=40)
@given(st.lists(st.floats(0.2, 5), min_size=4, max_size=30), st.integers(1, 3))
def test_weights_give_the_inclusion_asked_for(weights, k):
    asked = _inclusion(np.array(weights), k, k)
    found = _weights(asked, k, k, ExactlyK(k), "the group")
    np.testing.assert_allclose(_inclusion(found, k, k), asked, rtol=1e-8)


def test_sets_are_drawn_as_often_as_their_weights_multiply_to():
    plan, codes = draw(ExactlyK(2), n=400_000)
    inclusion = UNEVEN / plan.activity
    weights = _weights(inclusion, 2, 2, ExactlyK(2), "the group")
    pairs = list(combinations(range(len(UNEVEN)), 2))
    mass = np.array([weights[i] * weights[j] for i, j in pairs])
    mass *= plan.activity / mass.sum()
    found = np.array([(codes[:, i] & codes[:, j]).sum() for i, j in pairs])
    assert (abs(found - 400_000 * mass) <= 5 * np.sqrt(400_000 * mass)).all()


@pytest.mark.parametrize(("rule", "counts"), [(ExactlyK(3), {0, 3}), (Between(2, 4), {0, 2, 3, 4})])
def test_the_counts_of_an_uneven_shape_are_those_of_the_rule(rule, counts):
    _, codes = draw(rule)
    assert set(codes.sum(axis=1)) == counts


# ---- correlated firings


def phi(codes):
    return np.corrcoef(codes.T)


def test_firings_correlate_as_asked_pair_by_pair():
    target = np.eye(4)
    asked = {(0, 1): 0.3, (0, 2): -0.01, (0, 3): 0.0, (1, 2): 0.05, (1, 3): 0.2, (2, 3): 0.1}
    for (i, j), value in asked.items():
        target[i, j] = target[j, i] = value
    n = 1_000_000
    plan, codes = draw(Correlated(target), np.array([0.01, 0.02, 0.05, 0.03]), n=n)
    assert plan.repaired_by == 0
    # the error of a correlation of rare events is that of how often both fire
    p = np.array([0.01, 0.02, 0.05, 0.03])
    scale = np.sqrt(np.outer(p * (1 - p), p * (1 - p)))
    both = target * scale + np.outer(p, p)
    assert (abs(phi(codes) - target) <= 6 * np.sqrt(both / n) / scale + 1e-9).all()


def test_a_target_that_contradicts_itself_is_repaired_and_says_by_how_much(caplog):
    target = np.array([[1, 0.5, 0.5], [0.5, 1, -0.3], [0.5, -0.3, 1]])
    plan, codes = draw(Correlated(target), np.full(3, 0.3), n=400_000)
    assert 0.01 < plan.repaired_by < 0.2
    assert plan.repaired_by == pytest.approx(abs(plan.delivered - target).max())
    assert f"moved by up to {plan.repaired_by:.3g}" in caplog.text
    np.testing.assert_allclose(phi(codes), plan.delivered, atol=0.01)
    assert_frequencies(codes, np.full(3, 0.3))


# ---- low rank: against the definition, one sample and feature at a time


def test_low_rank_pairs_fire_together_as_their_latents_say():
    n = 1_000_000
    plan, codes = draw(LowRank(2, shared=0.8), n=n)
    i, j = np.triu_indices(8, 1)
    h = ndtri(UNEVEN)
    together = n * both_below(h[i], h[j], (plan.loadings @ plan.loadings.T)[i, j])
    found = (codes.T.astype(np.float32) @ codes.astype(np.float32))[i, j]
    assert (abs(found - together) <= 5 * np.sqrt(together + 1)).all()


def test_low_rank_triples_fire_together_as_their_causes_say():
    """Given the causes, features fire on their own: averaged over causes drawn by numpy."""
    n = 1_000_000
    plan, codes = draw(LowRank(3, shared=0.6), n=n)
    causes = np.random.default_rng(5).standard_normal((n, 3))
    own = np.sqrt(1 - (plan.loadings**2).sum(axis=1))
    given_causes = ndtr((ndtri(UNEVEN) - causes @ plan.loadings.T) / own)  # (n, m)
    for triple in combinations(range(8), 3):
        product = given_causes[:, triple].prod(axis=1)
        error = np.sqrt(product.sum() + (product**2).sum() + 1)
        assert abs(codes[:, triple].all(axis=1).sum() - product.sum()) <= 5 * error


def test_low_rank_keeps_to_frequencies_from_rare_to_nearly_always():
    wanted = np.array([1e-4, 1e-3, 0.3, 0.5, 0.9, 0.999] * 5)  # eights and a rest
    _, codes = draw(LowRank(4, shared=0.4), wanted, n=200_000)
    assert_frequencies(codes, wanted)


def test_low_rank_with_nothing_of_a_features_own_left():
    _, codes = draw(LowRank(1, shared=1 - 1e-16), np.full(6, 0.1), n=20_000)  # one cause, two signs
    assert_frequencies(codes, np.full(6, 0.1))
    assert len(np.unique(codes, axis=1).T) <= 2


def test_low_rank_blocks_do_not_show(monkeypatch):
    monkeypatch.setattr("featuretopo.llm.cooccurrence.low_rank._BLOCK_BYTES", 8 * 4 * 3)
    _, codes = draw(LowRank(2, shared=0.8), n=20_000)
    assert_frequencies(codes, UNEVEN)


# ---- hierarchies

PARENTS = (-1, -1, 0, 0, 1, 2, 2, 2)
FALLING = np.array([0.3, 0.2, 0.15, 0.06, 0.1, 0.05, 0.04, 0.06])


@pytest.mark.parametrize("siblings", ["independent", "exclusive"])
@pytest.mark.parametrize("roots", [Independent(), MutuallyExclusive(), LowRank(2)])
def test_a_child_fires_only_where_its_parent_does(siblings, roots):
    rule = Hierarchical(PARENTS, roots=roots, siblings=siblings)
    _, codes = draw(rule, FALLING)
    assert_frequencies(codes, FALLING)
    for child, parent in enumerate(PARENTS):
        assert parent < 0 or not (codes[:, child] & ~codes[:, parent]).any()
    if siblings == "exclusive":
        assert codes[:, 5:8].sum(axis=1).max() == 1
    if isinstance(roots, MutuallyExclusive):
        assert not (codes[:, 0] & codes[:, 1]).any()


def test_siblings_are_independent_given_their_parent():
    _, codes = draw(Hierarchical(PARENTS), FALLING, n=400_000)
    children = codes[codes[:, 2]][:, 5:8]
    off = phi(children)[np.triu_indices(3, 1)]
    assert abs(off).max() < 5 / np.sqrt(len(children))


def test_conditional_frequencies_multiply_down_the_tree():
    given = np.full(8, 0.5)
    plan, codes = draw(Hierarchical(PARENTS, conditional=True), given)
    expected = np.array([0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125])
    np.testing.assert_allclose(plan.frequencies, expected)
    assert_frequencies(codes, expected)


@settings(max_examples=25)
@given(st.integers(2, 30), st.integers(0, 2**32))
def test_any_forest_keeps_to_its_frequencies(m, seed):
    rng = np.random.default_rng(seed)
    parents = np.array([rng.integers(-1, i) if i else -1 for i in range(m)])
    parents[-1] = max(parents[-1], 0)
    _, codes = draw(
        Hierarchical(tuple(parents), conditional=True), rng.uniform(0.05, 0.95, m), n=20_000
    )
    plan = Hierarchical(tuple(parents), conditional=True).plan(
        group(rng.uniform(0.05, 0.95, m)), rng
    )
    assert (plan.frequencies <= np.append(plan.frequencies, 1)[parents] + 1e-12).all()
    for child, parent in enumerate(parents):
        assert parent < 0 or not (codes[:, child] & ~codes[:, parent]).any()


def test_a_tree_brings_its_own_parents():
    truth = GroundTruth([Tree(2, 2)], 16, rng=0)
    model = SimulatedLLM(truth, cooccurrence=Hierarchical(conditional=True), rng=0,
                         frequency=Given(np.full(7, 0.4)))  # fmt: skip
    fires = model.sample(5000, rng=0).dense_codes() > 0
    for child, parent in enumerate(truth.parents):
        assert parent < 0 or not (fires[:, child] & ~fires[:, parent]).any()


# ---- bumps


def test_around_a_bump_features_fire_as_the_definition_says():
    m, width, n = 12, 0.5, 400_000
    angle = 2 * np.pi * np.arange(m) / m
    vectors = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    p = np.full(m, 0.04)
    plan, codes = draw(Bump(width), p, n=n, vectors=vectors)
    chord = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    bump = np.where(chord <= 3 * width, np.exp(-((chord / width) ** 2) / 2), 0)
    assert plan.activity == pytest.approx(0.04 / bump[0].mean())
    for j in range(1, 7):
        both = plan.activity * np.mean([bump[c, 0] * bump[c, j] for c in range(m)])
        found = (codes[:, 0] & codes[:, j]).sum()
        assert abs(found - n * both) <= 5 * np.sqrt(n * both + 1)


# ---- the 2022 toy


def test_the_toy_fires_by_the_distribution_function_of_its_latents():
    # given the latents, features are independent: cov(fire_i, fire_j) = 4 p_i p_j cov(F_i, F_j),
    # and the distribution functions of two Gaussians that correlate by r have 6/pi asin(r/2) / 12
    rule, p, n = SharkeyToy(), np.full(6, 0.4), 1_000_000
    plan, codes = draw(rule, p, n=n)
    latent = plan._cholesky.astype(float) @ plan._cholesky.T
    expected = 4 * 0.16 * np.arcsin(latent / 2) / (2 * np.pi)
    found = np.cov(codes.T)
    off = np.triu_indices(6, 1)
    assert abs(found[off] - expected[off]).max() < 5 * 0.24 / np.sqrt(n)
    assert abs(expected[off]).max() > 0.01  # or the test would say nothing


# ---- the study's generator


def test_legacy_batches_hold_one_set_a_group():
    truth = GroundTruth([Sphere(125)], 16, rng=0)
    model = SimulatedLLM(truth, cooccurrence=Together(Legacy(k=5, n_groups=12)), rng=0)
    fires = model.sample(3000, rng=0).dense_codes() > 0
    assert (fires.sum(axis=1) == 5).all()
    sets = np.unique(fires, axis=0)
    assert len(sets) == 12
    groups = {int(np.flatnonzero(s)[0]) // 10 for s in sets}
    assert groups == set(range(12))
    assert all(len(set(np.flatnonzero(s) // 10)) == 1 for s in sets)
    assert not fires[:, 120:].any()  # 125 mod 12: the last five never fire
    other = np.unique(model.sample(3000, rng=1).dense_codes() > 0, axis=0)
    assert {tuple(s) for s in sets} != {tuple(s) for s in other}  # another batch, other sets


def test_legacy_frequencies_are_those_of_drawing_without_replacement(rng):
    share = 0.7 ** np.arange(6)
    share /= share.sum()
    draws = [rng.choice(6, 3, replace=False, p=share) for _ in range(20_000)]
    found = np.bincount(np.concatenate(draws), minlength=6) / 20_000
    expected = _chance_to_be_drawn(share, 3)
    assert expected.sum() == pytest.approx(3, abs=1e-6)
    assert abs(found - expected).max() < 5 * 0.5 / np.sqrt(20_000)


# ---- layouts


@pytest.fixture(scope="module")
def truth():
    return GroundTruth([Blobs(2, 6), Circle(12), Sphere(10)], 32, rng=0)


def fires(truth, rule, n=N, **given):
    model = SimulatedLLM(truth, cooccurrence=rule, rng=0, **given)
    codes = model.sample(n, rng=0).dense_codes() > 0
    assert_frequencies(codes, model.frequencies)
    return codes, [codes[:, s.members].sum(axis=1) for s in truth.shapes]


def test_by_shape_a_name_goes_before_its_kind(truth):
    rule = ByShape({"blob": ExactlyK(2), "blob 2": ExactlyK(3)}, otherwise=ExactlyK(1))
    _, counts = fires(truth, rule)
    assert [set(c) for c in counts[:3]] == [{0, 2}, {0, 3}, {0, 1}]


def test_lone_features_may_be_named_too(truth):
    _, counts = fires(truth, ByShape({"sphere": ExactlyK(2)}))
    assert set(counts[3]) == {0, 2}


def test_nested_exclusive_shapes_are_never_active_together(truth):
    _, counts = fires(truth, Nested(MutuallyExclusive(), ExactlyK(2)))
    active = np.stack(counts[:3]) > 0
    assert active.sum(axis=0).max() == 1
    assert set(np.concatenate(counts[:3])) == {0, 2}
    assert (counts[3] > 1).any()  # lone features fire as they like


def test_nested_shapes_correlate_as_asked(truth):
    _, counts = fires(truth, Nested(Correlated(0.5), Between(1, 2)), n=400_000)
    np.testing.assert_allclose(np.corrcoef(np.stack(counts[:3]) > 0), 0.5 + 0.5 * np.eye(3),
                               atol=0.02)  # fmt: skip


def test_a_mixture_follows_each_rule_in_its_share_of_the_samples(truth):
    _, counts = fires(truth, Mixture((ExactlyK(1), ExactlyK(4)), weights=(3, 1)), n=400_000)
    one, four = (counts[2] == 1).sum(), (counts[2] == 4).sum()
    # both fire .2 features a sample: active .2 and .05 of the time, in 3/4 and 1/4 of the samples
    assert abs(one - 400_000 * 0.15) < 5 * np.sqrt(60_000)
    assert abs(four - 400_000 * 0.0125) < 5 * np.sqrt(5_000)


def test_together_goes_across_shapes(truth):
    codes, _ = fires(truth, Together(ExactlyK(2)), frequency=UniformFrequency(l0=1.5))
    assert set(codes.sum(axis=1)) == {0, 2}


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bump(0), r"Bump\(width=0\): width must lie in \(0, 2\]; 0.2 to 0.6 is usual"),
        (lambda: LowRank(0), "rank must be a whole number, at least 1"),
        (lambda: LowRank(1.5), "rank must be a whole number, at least 1"),
        (lambda: ExactlyK(1.5), r"ExactlyK\(k=1.5\): k must be a whole number, at least 1"),
        (lambda: Between(1, 2.5), "must hold 1 <= low <= high, whole numbers"),
        (lambda: LowRank(2, shared=1), r"shared must lie in \(0, 1\); 0.1 to 0.5 is usual"),
        (lambda: Hierarchical(siblings="rival"), "siblings='rival' must be 'independent' or 'excl"),
        (lambda: Hierarchical(conditional="no"), "conditional='no' must be True or False"),
        (lambda: Legacy(k=0), "k must be a whole number, at least 1"),
        (lambda: Legacy(decay=0), r"decay must lie in \(0, 1\]; 0.99 was the study's"),
        (lambda: Mixture(()), "a Mixture needs a list of at least one rule"),
        (lambda: Mixture((ExactlyK(1),), weights=(0,)), "must be 1 positive numbers, one a rule"),
        (lambda: draw(ExactlyK(9)), "asks for 9 of the 8 features of the group; ask for fewer"),
        (lambda: draw(ExactlyK(7)), r"would have to fire in 2.02 of the samples in which its shap"),
        (lambda: draw(ExactlyK(1), [0.6, 0.7]), "active with probability 1.3, which must be at mo"),
        (lambda: draw(Bump(1.0), np.full(8, 0.9)), "active with probability 2.*lower the frequen"),
        (lambda: draw(Correlated(0.9)), r"features 0 and 1 .* lie in \(.*\), and 0.9 was asked"),
        (lambda: draw(Correlated(float("nan"))), "target must be symmetric"),
        (lambda: draw(Correlated(np.eye(3))), r"shape \(3, 3\) for the 8 features .*\(8, 8\)"),
        (lambda: draw(Correlated(np.triu(np.ones((8, 8))))), "must be symmetric with ones on the"),
        (lambda: draw(SharkeyToy(), [0.6, 0.1]), "frequency 0.6 must be at most 0.5.*lower it"),
        (lambda: draw(Legacy(k=2, n_groups=5)), "8 features in 5 groups give 1 each, fewer than k"),
        (lambda: draw(Hierarchical()), "the group has no parents: give Hierarchical"),
        (lambda: draw(Hierarchical((0, -1))), r"parents of shape \(2,\) for the 8 features"),
        (lambda: draw(Hierarchical((1, 0) + (-1,) * 6)), "is its own ancestor; parents must be a"),
        (lambda: draw(Hierarchical((9,) + (-1,) * 7)), "parents must be -1 or places from 0 to 7"),
        (lambda: draw(Hierarchical((-1, 0) + (-1,) * 6)), "feature 1 .*0.05, its parent 0 .*0.02"),
        (
            lambda: draw(Hierarchical((-1, 0, 0), siblings="exclusive"), [0.1, 0.08, 0.08]),
            "children of feature 0 .* in 1.6 of the samples",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cooccurrence": ByShape({"blb": ExactlyK(1)})}, "no shape 'blb'; did you mean 'blob'?"),
        ({"frequency": PerShape(shapes={"circel": 1})}, "no shape 'circel'; did you mean 'circle'"),
        ({"cooccurrence": Nested(ExactlyK(1), Independent())}, "does not say when a shape is acti"),
        (
            {
                "cooccurrence": Nested(Independent(), ExactlyK(1)),
                "frequency": PerShape(shapes={"circle": 1}),
            },
            "circle of 12 would be active in every sample; lower its frequency",
        ),
        (
            {"cooccurrence": Together(Legacy(k=2)), "frequency": PerShape()},
            "sets the frequencies itself; leave out frequency",
        ),
    ],
)
def test_what_cannot_be_in_this_model_is_refused(truth, given, message):
    with pytest.raises(FeaturetopoError, match=message):
        SimulatedLLM(truth, rng=0, **given)


def test_nested_needs_shapes_that_belong_together():
    rule = Nested(ExactlyK(1), ExactlyK(1))
    with pytest.raises(FeaturetopoError, match="this truth has none"):
        SimulatedLLM(GroundTruth([Sphere(5)], 8, rng=0), cooccurrence=rule)


def test_the_table_of_the_normal_distribution_is_accurate_where_features_are_rare():
    x = np.linspace(-4.5, 4.5, 997)
    found = np.array([_probability(_NDTR, v) for v in x])
    np.testing.assert_allclose(found, norm.cdf(x), rtol=2e-5)
    assert _probability(_NDTR, -7.0) == 0
    assert _probability(_NDTR, 7.0) == 1


@given(st.floats(-40, 40, width=32))
def test_no_probability_is_above_its_bound(x):
    bound = (np.array(_SLOPES) * np.float32(x) + np.array(_OFFSETS)).max()
    # of the numbers 0 to 255, as many are below the bound as are below the probability, or more
    assert np.ceil(min(bound, 256)) >= np.ceil(256 * norm.cdf(x))
    assert x > -2 or bound <= 256 * norm.cdf(x) * 1.5 + 1  # or nothing would be saved
