"""What carries no information is refused, or has a value that says so: no silent 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from reference import gaussian, rotation

from featuretopo import Dictionary
from featuretopo import similarity as s
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import rtd

Rows = np.ndarray

# Measures of paired rows, and the value of what is the same.
MEASURES: dict[str, tuple[Callable[[Rows, Rows], float], float]] = {
    "cca": (lambda x, y: s.cca(x, y).mean, 1),
    "svcca": (lambda x, y: s.svcca(x, y).mean, 1),
    "pwcca by x": (lambda x, y: s.pwcca(x, y).by_x, 1),
    "pwcca by y": (lambda x, y: s.pwcca(x, y).by_y, 1),
    "pwcca published": (lambda x, y: s.pwcca(x, y).published, 1),
    "cka": (s.cka, 1),
    "cka debiased": (lambda x, y: s.cka(x, y, debiased=True), 1),
    "cka Gaussian": (lambda x, y: s.cka(x, y, kernel=s.Gaussian()), 1),
    "cka Gaussian debiased": (lambda x, y: s.cka(x, y, True, s.Gaussian()), 1),
    "procrustes": (s.procrustes_angular, 0),
    "permutation procrustes": (s.permutation_angular, 0),
    "soft matching": (lambda x, y: s.soft_matching(x, y).correlation, 1),
    "rsa cosine": (s.rsa, 1),
    "rsa Euclidean": (lambda x, y: s.rsa(x, y, "euclidean"), 1),
    "rsa correlation": (lambda x, y: s.rsa(x, y, "correlation"), 1),
    "rsa Kendall": (lambda x, y: s.rsa(x, y, statistic="kendall"), 1),
    "knn-jaccard": (lambda x, y: s.knn_jaccard(x, y, 2).value, 1),
    "rank-biased overlap": (lambda x, y: s.rank_biased_overlap(x, y).value, 1),
    "distance correlation": (s.distance_correlation, 1),
    "distance correlation debiased": (lambda x, y: s.distance_correlation(x, y, True), 1),
    "rtd": (lambda x, y: rtd(x, y).value, 0),
    "gromov-wasserstein": (lambda x, y: s.gromov_wasserstein(x, y, rng=0).distance, 0),
    "mmcs": (lambda x, y: s.mmcs(x, y).symmetric, 1),
    "one-to-one share": (s.one_to_one_share, 1),
    "hungarian": (lambda x, y: float(s.match(x, y).score.mean()), 1),
}


def constant(x: Rows) -> Rows:
    return np.column_stack([x[:, :-1], np.full(len(x), 3.0)])


# Two sides that have nothing to do with each other, each poor in its own way.
POOR: dict[str, tuple[Rows, Rows]] = {
    "two rows": (gaussian(2, 5, 0), gaussian(2, 5, 1)),
    "three rows": (gaussian(3, 5, 0), gaussian(3, 5, 1)),
    "fewer rows than dimensions": (gaussian(8, 20, 0), gaussian(8, 20, 1)),
    "fewer rows than dimensions of one": (gaussian(8, 3, 0), gaussian(8, 20, 1)),
    "a constant column": (constant(gaussian(20, 5, 0)), constant(gaussian(20, 5, 1))),
    "rank 1": (gaussian(20, 1, 0) @ gaussian(1, 5, 1), gaussian(20, 1, 2) @ gaussian(1, 5, 3)),
    "rank 2": (gaussian(20, 2, 0) @ gaussian(2, 5, 1), gaussian(20, 2, 2) @ gaussian(2, 5, 3)),
    "equal rows on one side": (np.tile(gaussian(1, 5, 0), (20, 1)), gaussian(20, 5, 1)),
    "equal rows on both": (np.ones((20, 5)), np.tile(gaussian(1, 5, 1), (20, 1))),
    "every row twice": (np.repeat(gaussian(6, 5, 0), 2, 0), np.repeat(gaussian(6, 5, 1), 2, 0)),
}  # fmt: skip
# Where it is known that this measure is perfect, and why.
KNOWN = {
    # directions of rank 1 are the two ends of a line: such clouds are alike, if as many are at each
    ("gromov-wasserstein", "rank 1"),
}
NEED_ONE_WIDTH = {"permutation procrustes", "mmcs", "one-to-one share", "hungarian"}


@pytest.mark.parametrize("kind", POOR)
@pytest.mark.parametrize("name", MEASURES)
def test_nothing_is_alike_for_want_of_data(name: str, kind: str) -> None:
    measure, same = MEASURES[name]
    x, y = POOR[kind]
    for one, other in ((x, y), (y, x)):
        if one.shape[1] != other.shape[1] and name in NEED_ONE_WIDTH:
            continue
        try:
            value = measure(one, other)
        except FeaturetopoError as refused:
            assert len(str(refused)) > 20
            continue
        assert np.isfinite(value)
        assert (abs(value - same) < 1e-3) == ((name, kind) in KNOWN), value


@pytest.mark.parametrize("name", MEASURES)
def test_what_is_the_same_is_perfect_even_so(name: str) -> None:
    # the other half of the test above: it does not pass because nothing is ever perfect
    measure, same = MEASURES[name]
    x = gaussian(20, 5, 0)
    assert measure(x, x) == pytest.approx(same, abs=1e-6)


@pytest.mark.parametrize("measure", [s.knn_jaccard, s.rank_biased_overlap])
@pytest.mark.parametrize(
    "rows",
    [np.ones((14, 3)), np.eye(14), rotation(14, 0).astype("f"), np.eye(14, dtype="f") - 1 / 14],
    ids=["equal", "orthogonal", "orthogonal to float32", "simplex to float32"],
)
def test_rows_without_nearer_ones_have_no_neighbours(
    measure: Callable[..., object], rows: Rows
) -> None:
    other = gaussian(14, 3, 0)
    with pytest.raises(FeaturetopoError, match="nearest to any row of x are all equally far"):
        measure(rows, other)
    with pytest.raises(FeaturetopoError, match="nearest to any row of y are all equally far"):
        measure(other, rows)
    with pytest.raises(FeaturetopoError, match="nearest to any row of x are all equally far"):
        measure(Dictionary(rows), Dictionary(other))
    # some that differ are enough
    measure(np.concatenate([rows, gaussian(14, rows.shape[1], 1)]), np.tile(other, (2, 1)))


@pytest.mark.parametrize("measure", [s.knn_jaccard, s.rank_biased_overlap])
def test_the_order_of_equal_rows_does_not_agree_with_itself(
    measure: Callable[..., s.NeighbourOverlap],
) -> None:
    # 40 equal rows on both sides, and 20 that have nearest ones
    x, y = (np.concatenate([np.ones((40, 3)), -abs(gaussian(20, 3, seed))]) for seed in (0, 1))
    found = measure(x, y)
    assert (found.of_rows[:40] == found.by_chance).all()
    assert found.value == pytest.approx(found.of_rows.mean())
    same = measure(x, x)
    assert (same.of_rows[40:] == 1).all() and (same.of_rows[:40] == same.by_chance).all()
    x[:, 1:] = y[:, 1:] = 0
    x[0], y[1] = [1, 1, 0], [0, 1, 0]
    with pytest.raises(FeaturetopoError, match="nearest to any row of x"):
        measure(x[:40], y[:40])


@pytest.mark.parametrize("kind", [np.float32, Dictionary])
def test_distances_that_differ_by_the_rounding_of_float32_are_equal(
    kind: Callable[[Rows], Rows],
) -> None:
    for rows in (rotation(30, 0), (np.eye(30) - 1 / 30) @ rotation(30, 1)):
        given = kind(rows)
        for refused in (
            s.rsa,
            lambda x, y: s.rsa(x, y, "euclidean"),
            lambda x, y: s.cka(x, y, debiased=True),
            lambda x, y: s.cka(x, y, True, s.Gaussian()),
            lambda x, y: s.distance_correlation(x, y, True),
        ):
            with pytest.raises(FeaturetopoError, match=r"all distances|are alike"):
                refused(given, given)


def test_directions_that_are_all_one_are_in_no_order() -> None:
    x = np.outer(np.arange(1.0, 21), [1, 2, 3])
    for metric in ("cosine", "correlation"):
        with pytest.raises(FeaturetopoError, match="all distances of x are equal"):
            s.rsa(x, gaussian(20, 3, 0), metric)


NOT_OF_ROWS = {"rtd"}  # refuses what overflows


@pytest.mark.parametrize("powers", [(600, 600), (-600, -600), (600, -600), (1010, 3)])
@pytest.mark.parametrize("name", sorted(MEASURES.keys() - NOT_OF_ROWS))
def test_huge_and_tiny_rows_are_measured_as_others(name: str, powers: tuple[int, int]) -> None:
    measure, _ = MEASURES[name]
    x, y = gaussian(30, 4, 0), gaussian(30, 4, 1)
    huge = [np.ldexp(side, power) for side, power in zip((x, y), powers, strict=True)]
    assert measure(*huge) == measure(x, y)


def test_too_few_rows_are_refused() -> None:
    two = gaussian(2, 4, 0)
    for measure, words in (
        (s.cka, "2 rows: the CKA needs at least 3"),
        (s.distance_correlation, "2 rows: the CKA needs at least 3"),
        (s.procrustes_angular, "2 rows of x: any two points have the same shape"),
        (s.permutation_angular, "2 rows of x: any two points have the same shape"),
        (s.soft_matching, "2 rows of x: any two columns of two rows correlate by 1 or -1"),
    ):
        with pytest.raises(FeaturetopoError, match=words):
            measure(two, two[::-1])


def test_directions_that_are_all_one_are_refused_by_gromov_wasserstein() -> None:
    sizes = np.arange(1.0, 9.0)[:, None]
    with pytest.raises(FeaturetopoError, match="all 8 rows of b point the same way"):
        s.gromov_wasserstein(gaussian(8, 3, 0), sizes * np.ones(3))


def test_a_pair_that_stands_twice_counts_once_in_cca() -> None:
    x, y = gaussian(12, 4, 0), gaussian(12, 4, 1)
    once = s.cca(x, y)
    twice = s.cca(np.repeat(x, 2, axis=0), np.repeat(y, 2, axis=0))
    assert twice.correlations == pytest.approx(once.correlations)
    assert (twice.forced, twice.dimensions) == (once.forced, once.dimensions)
    # 8 different pairs have 7 directions, in which 4 and 4 meet at least once
    assert s.cca(np.repeat(x[:8], 5, axis=0), np.repeat(y[:8], 5, axis=0)).forced == 1
    for measure in (s.cca, s.pwcca):
        with pytest.raises(FeaturetopoError, match="5 different rows that vary in 4 and 4"):
            measure(np.repeat(x[:5], 9, axis=0), np.repeat(y[:5], 9, axis=0))
