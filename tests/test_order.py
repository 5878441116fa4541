"""Circular order: theorems about the statistic, its exact null, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.order import circular_order, orders_keeping

seeds = st.integers(0, 2**32 - 1)
theorem = settings(max_examples=60, deadline=None, derandomize=True)


def polygon(n: int, d: int = 2, seed: int = 0) -> npt.NDArray[np.float64]:
    """Corners of a regular n-gon around a random point, in a random plane of R^d."""
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.standard_normal((d, 2)))[0]  # (d, 2)
    angle = 2 * np.pi * np.arange(n) / n
    corners: npt.NDArray[np.float64] = np.stack([np.cos(angle), np.sin(angle)], 1) @ frame.T
    return corners + rng.standard_normal(d)


def gaussian(n: int, d: int, seed: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal((n, d))


@theorem
@given(n=st.integers(5, 40), d=st.integers(2, 50), seed=seeds)
def test_planted_polygon_stands_in_perfect_order(n: int, d: int, seed: int) -> None:
    order = circular_order(Dictionary(polygon(n, d, seed)))
    assert order.perfect
    assert order.statistic == n
    assert order.p_value == pytest.approx(2 / math.factorial(n - 1))
    assert order.n_orders == math.factorial(n - 1) // 2
    assert order.explained == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.norm(order.plane, axis=1), 1, atol=1e-5)
    assert (order.plane[0] >= 0).all()


def test_a_perfect_week_is_1_in_360_and_a_perfect_year_1_in_20_million() -> None:
    week, year = (circular_order(Dictionary(polygon(n))) for n in (7, 12))
    assert (week.p_value, year.p_value) == (1 / 360, 1 / 19_958_400)


@theorem
@given(n=st.integers(5, 15), d=st.integers(3, 30), seed=seeds, scale=st.floats(0.01, 100))
def test_isometry_and_scaling_change_nothing(n: int, d: int, seed: int, scale: float) -> None:
    x = gaussian(n, d, seed)
    turn = np.linalg.qr(gaussian(d, d, seed + 1))[0]
    moved = scale * (x @ turn + gaussian(1, d, seed + 2))
    before, after = circular_order(Dictionary(x)), circular_order(Dictionary(moved))
    assert after.statistic == before.statistic
    assert after.p_value == before.p_value
    assert after.explained == pytest.approx(before.explained, rel=1e-4)


@theorem
@given(n=st.integers(5, 15), seed=seeds, shift=st.integers(0, 14), back=st.booleans())
def test_where_the_known_cycle_begins_and_its_direction_do_not_matter(
    n: int, seed: int, shift: int, back: bool
) -> None:
    x = gaussian(n, 8, seed)
    y = np.roll(x[::-1] if back else x, shift, axis=0)
    assert circular_order(Dictionary(x)).p_value == circular_order(Dictionary(y)).p_value


@theorem
@given(n=st.integers(5, 15), seed=seeds)
def test_the_p_value_is_the_share_of_orders_that_keep_as_many(n: int, seed: int) -> None:
    order = circular_order(Dictionary(gaussian(n, 6, seed)))
    angle = np.arctan2(order.plane[:, 1], order.plane[:, 0])
    around = np.argsort(angle).tolist()
    kept = _edges(range(n)) & _edges(around)
    assert order.statistic == len(kept)
    assert order.perfect == (len(kept) == n)
    assert order.p_value == orders_keeping(n, len(kept)) / order.n_orders


def test_level_is_exact_on_gaussian_rows() -> None:
    n, runs = 7, 400
    draws = (Dictionary(gaussian(n, 10, seed)) for seed in range(runs))
    p = np.array([circular_order(x).p_value for x in draws])
    for k in range(n):
        level = orders_keeping(n, k) / 360
        # Four standard errors, and one run for the rare tail.
        margin = 4 * math.sqrt(level * (1 - level) / runs) + 1 / runs
        assert abs(np.mean(p <= level) - level) <= margin


@pytest.mark.parametrize("n", range(3, 9))
def test_count_equals_enumeration(n: int) -> None:
    cycle = _edges(range(n))
    # Each undirected circular order once: begin at 0, and second < last.
    kept = [
        len(cycle & _edges((0, *rest))) for rest in permutations(range(1, n)) if rest[0] < rest[-1]
    ]
    assert len(kept) == math.factorial(n - 1) // 2
    for k in range(n + 1):
        assert orders_keeping(n, k) == sum(each >= k for each in kept)


def test_orders_without_a_kept_pair_are_known() -> None:
    # OEIS A002816, from n = 3.
    known = [0, 0, 1, 3, 23, 177, 1553, 14963, 157931, 1814453, 22566237]
    assert [orders_keeping(n, 0) - orders_keeping(n, 1) for n in range(3, 14)] == known


@given(n=st.integers(4, 60))
def test_the_best_counts_are_known(n: int) -> None:
    assert orders_keeping(n, n) == 1
    assert orders_keeping(n, n - 1) == 1  # all pairs but one fix the last
    assert orders_keeping(n, n - 2) == 1 + n * (n - 3) // 2  # reverse one stretch: a diagonal each
    mean = sum(orders_keeping(n, k) for k in range(1, n + 1)) / (math.factorial(n - 1) // 2)
    assert mean == pytest.approx(2 * n / (n - 1))


def test_p_is_never_zero() -> None:
    order = circular_order(Dictionary(polygon(500)))
    assert order.perfect
    assert 0 < order.p_value < 1e-300


def test_a_bent_line_is_in_order_too() -> None:
    # Why the docstring says that a small p is no proof of a closed loop.
    angle = np.linspace(0, np.pi * 1.2, 12)
    arc = Dictionary(np.stack([np.cos(angle), np.sin(angle)], 1))
    assert circular_order(arc).p_value < 0.001


def test_group_is_taken_by_name_and_named_in_the_result() -> None:
    week, rest = polygon(7, 5), gaussian(6, 5, 1)
    both = Dictionary(
        np.vstack([week, rest]),
        labels=[0] * 7 + [1] * 6,
        names=[*"abcdefg", *"uvwxyz"],
        label_names=["week", "rest"],
    )
    order = circular_order(both, group="week")
    assert (order.group, order.names, order.perfect) == ("week", tuple("abcdefg"), True)
    assert circular_order(both.group("week")).group == "week"
    assert circular_order(both).group == "all features"
    assert circular_order(Dictionary(week)).group == "all features"


CENTRE = np.column_stack([np.vstack([polygon(6) - polygon(6).mean(0), np.zeros(2)]), np.ones(7)])
TWICE = polygon(6)[[0, 1, 2, 3, 4, 5, 2]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (polygon(4), "4 features have 3 circular orders; needs at least 5"),
        (gaussian(501, 3, 0), "501 features; circular orders are counted up to 500: take fewer"),
        (np.full((6, 3), 0.1), "all rows are alike: no circular order; give rows that differ"),
        (np.outer(np.arange(1, 8), [1, 2, 0.3]), "all rows lie on one line"),
        (np.eye(6), "the second and third principal axes hold the same variance"),
        (CENTRE, "'6' lies at the centre, at no angle; drop it"),
        (TWICE, "lie at one angle; drop one of them"),
    ],
)
def test_what_defines_no_circular_order_is_refused(
    rows: npt.NDArray[np.float64], message: str
) -> None:
    with pytest.raises(FeaturetopoError, match=message):
        circular_order(Dictionary(rows))


def test_unknown_group_is_refused() -> None:
    week = Dictionary(polygon(7), labels=[0] * 7, label_names=["week"])
    with pytest.raises(FeaturetopoError, match="did you mean 'week'"):
        circular_order(week, group="weak")


def _edges(order: Iterable[int]) -> set[frozenset[int]]:
    things = list(order)
    return {frozenset(pair) for pair in zip(things, things[1:] + things[:1], strict=True)}
