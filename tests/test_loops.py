"""Loops: planted ones are found by name and in order, and chance finds none too often."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import (
    boundary,
    chords,
    crowds,
    gaussian,
    gaussian_like,
    polygon,
    rank,
    rotation,
    seeds,
    simplices,
)
from scipy.stats import binom, ks_2samp

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.random import stream
from featuretopo.topology.compiled import loops_born_by
from featuretopo.topology.component_null import ComponentNull, likely_lengths
from featuretopo.topology.loops import Loop, loops
from featuretopo.topology.pairs import edges_under
from featuretopo.topology.persistence import persistence
from featuretopo.topology.significance import (
    largest_ratios,
    loop_components,
    null_loops,
    ratio_p_values,
)
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

theorem = settings(max_examples=30, deadline=None, derandomize=True)


def in_circular_order(cycle: np.ndarray, around: list[int]) -> bool:
    """Whether the cycle visits the features as they stand around their circle, each once."""
    place = np.array([around.index(row) for row in cycle.tolist()])
    steps = np.diff(place, append=place[0]) % len(around)
    return len(cycle) == len(around) and set(steps.tolist()) in ({1}, {len(around) - 1})


@st.composite
def rings(draw: st.DrawFn) -> Dictionary:
    """Noisy circles, of few features and among others, or a crowd."""
    if draw(st.booleans()):
        return draw(crowds(least=4, most=16))
    seed = draw(seeds)
    d = draw(st.integers(6, 40))
    turn = rotation(d, seed)
    parts = [
        polygon(draw(st.integers(4, 10))) @ turn[2 * i : 2 * i + 2]
        for i in range(draw(st.integers(1, 2)))
    ]
    rows = np.vstack([*parts, gaussian(draw(st.integers(1, 6)), d, seed) / np.sqrt(d)])
    noise = draw(st.sampled_from([0, 0.05, 0.2]))
    return Dictionary(rows + noise * gaussian(len(rows), d, seed + 1) / np.sqrt(d))


# What is planted is found


@settings(max_examples=10, deadline=None, derandomize=True)
@given(n=st.sampled_from([7, 12, 24]), seed=seeds, noise=st.sampled_from([0, 0.15]))
def test_a_planted_circle_is_found_by_name_and_in_order(n: int, seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    truth = GroundTruth([Sphere(70), Circle(n), Sphere(30)], d=64, rng=seed).dictionary
    rows = truth.vectors + noise * rng.standard_normal(truth.vectors.shape) / 8
    order = rng.permutation(len(rows))
    x = Dictionary(rows[order], names=[truth.names[i] for i in order])
    found = loops(x, draws=19, rng=seed)
    first = found[0]
    assert first.p_value == 0.05
    names = [x.names[row] for row in first.cycle]
    around = [f"circle of {n} #{i}" for i in range(n)]
    assert set(names) <= set(around)
    if noise == 0:
        assert in_circular_order(np.array([around.index(name) for name in names]), list(range(n)))
        assert first.birth == pytest.approx(2 * np.sin(np.pi / n), abs=1e-6)
        assert set(first.members) == set(first.cycle)
    assert len(set(names)) >= n / 2
    assert [loop for loop in found if loop.p_value <= 0.05] == [first]


def test_two_circles_are_two_loops() -> None:
    truth = GroundTruth([Circle(8), Circle(13), Blobs(2, 10, spread=0.5), Sphere(60)], 96, rng=1)
    found = [loop for loop in loops(truth.dictionary, draws=99, rng=1) if loop.p_value <= 0.05]
    shapes = truth.shapes[:2]
    assert len(found) == 2
    for shape, loop in zip(shapes, sorted(found, key=lambda each: len(each.cycle)), strict=True):
        assert in_circular_order(loop.cycle, shape.members.tolist())
        assert loop.birth == pytest.approx(shape.loop_birth, abs=1e-6)


def test_a_loop_filled_below_the_floor_is_not_censored() -> None:
    # two antipodal centres: the circle lies around an axis and dies before the floor
    ring = np.column_stack([0.4 * polygon(12), np.ones(12), np.zeros((12, 61))])
    x = Dictionary(np.vstack([ring, gaussian(40, 64, 0)]))
    [loop] = loops(x, draws=99, rng=0)
    radius = 0.4 / np.sqrt(1.16)
    assert not loop.censored
    assert loop.birth == pytest.approx(radius * 2 * np.sin(np.pi / 12), abs=1e-6)
    assert loop.death == pytest.approx(radius * np.sqrt(3), abs=1e-6)
    assert loop.ratio == pytest.approx(np.sqrt(3) / (2 * np.sin(np.pi / 12)), rel=1e-5)
    assert loop.p_value <= 0.02


# What a loop is


@settings(max_examples=80, deadline=None, derandomize=True)
@given(x=rings(), seed=seeds)
def test_a_cycle_is_a_closed_walk_that_is_not_filled_at_birth(x: Dictionary, seed: int) -> None:
    distances = chords(x)
    for loop in loops(x, least_ratio=1, draws=19, rng=seed):
        cycle = loop.cycle.tolist()
        assert len(set(cycle)) == len(cycle) >= 4
        steps = np.array([distances[i, j] for i, j in zip(cycle, cycle[1:] + cycle[:1])])  # noqa: B905
        assert steps.max() == pytest.approx(loop.birth, abs=1e-6)
        assert not is_filled(cycle, distances, loop.birth)
        near = (distances[cycle] <= loop.birth + 1e-9).any(axis=0)
        surely = (distances[cycle] <= loop.birth - 1e-6).any(axis=0)
        members = np.isin(np.arange(len(x)), loop.members)
        assert members[cycle].all()
        assert (members <= near).all() and (surely <= members).all()


def is_filled(cycle: list[int], distances: np.ndarray, scale: float) -> bool:
    """Whether the cycle bounds triangles of edges up to the scale, over Z/2."""
    near = distances <= scale + 1e-9
    edges, triangles = simplices(near, 2), simplices(near, 3)
    walk = np.zeros((1, len(edges)), np.int64)
    for pair in zip(cycle, cycle[1:] + cycle[:1], strict=True):
        walk[0, edges.index(tuple(sorted(pair)))] = 1
    filled = boundary(edges, triangles).reshape(-1, len(edges))
    return rank(np.vstack([filled, walk]), 2) == rank(filled, 2)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_ties_do_not_lead_the_cycle_around_a_triangle(order: tuple[int, ...]) -> None:
    # neighbours on a ring, and one more feature beside two of them, all at chord 1
    e = np.eye(80)
    ring = [e[i] + e[(i + 1) % 12] for i in range(12)]
    last = [ring[0], ring[1], e[1] + e[40]]
    x = Dictionary([*ring[2:], *(last[i] for i in order)])
    [loop] = loops(x, least_ratio=1.1, draws=19, rng=0)
    assert len(loop.cycle) >= 12
    assert not is_filled(loop.cycle.tolist(), chords(x), loop.birth)


@theorem
@given(x=rings(), least=st.sampled_from([1.0, 1.2, 1.5]))
def test_the_loops_are_the_bars_of_the_diagram(x: Dictionary, least: float) -> None:
    found = loops(x, least_ratio=least, draws=19, rng=0)
    floor = noise_floor(*x.vectors.shape)
    diagram = persistence(x, engine="gudhi")
    ratio = np.minimum(diagram.bars[1][:, 1], floor) / diagram.bars[1][:, 0]
    known = diagram.bars[1][ratio >= least]
    bars = np.array([(loop.birth, loop.death) for loop in found]).reshape(-1, 2)
    np.testing.assert_allclose(bars[np.lexsort(bars.T)], known[np.lexsort(known.T)])
    assert [loop.ratio for loop in found] == sorted(ratio[ratio >= least], reverse=True)
    assert [loop.censored for loop in found] == [np.isinf(loop.death) for loop in found]


@theorem
@given(x=rings(), seed=seeds)
def test_p_is_that_of_its_component_times_their_number(x: Dictionary, seed: int) -> None:
    floor = noise_floor(*x.vectors.shape)
    parts = loop_components(edges_under(x.unit, floor))
    for loop in loops(x, least_ratio=1, draws=19, rng=seed):
        [index] = [i for i, part in enumerate(parts) if loop.cycle[0] in part]
        assert set(loop.members) <= set(parts[index])
        # redraw by redraw, all bars of each, until 20 have reached the ratio
        rng, hits, n, p = stream(seed, "loops", "null", index), 0, 0, None
        for batch in ComponentNull.of(x.unit[parts[index]]).redraws(20 * len(parts) - 1, rng):
            for points in batch:
                n += 1
                hits += plain_ratio(points, floor) >= loop.ratio
                if hits == 20 and p is None:
                    p = 20 / n
        p = (hits + 1) / (n + 1) if p is None else p
        assert loop.p_value == pytest.approx(min(1, len(parts) * p))


@theorem
@given(x=rings(), seed=seeds)
def test_rotating_changes_no_loop(x: Dictionary, seed: int) -> None:
    def found(each: Dictionary) -> list[Loop]:
        return [loop for loop in loops(each, draws=19, rng=0) if loop.ratio > 1.21]

    turned = Dictionary(3 * x.vectors @ rotation(x.d, seed))
    bars = [np.array([(loop.birth, loop.ratio) for loop in found(each)]) for each in (x, turned)]
    np.testing.assert_allclose(*(b[b[:, 1] > 1.2101] if len(b) else b for b in bars), atol=1e-4)


# The null


def plain_ratio(points: np.ndarray, floor: float) -> float:
    bars = persistence(points, max_scale=floor, engine="gudhi").bars[1]
    return float(np.max(np.minimum(bars[:, 1], floor) / bars[:, 0], initial=0.0))


def distances(points: np.ndarray) -> np.ndarray:
    """One distance of each set of points."""
    return np.linalg.norm(points[:, 0] - points[:, 1], axis=1)


@pytest.mark.parametrize("d", [3, 40])
def test_likely_lengths_give_back_the_shape_of_an_elongated_gaussian(d: int) -> None:
    axes = 1 / np.arange(1, d + 1)
    x = gaussian(400, d, 0) * axes
    true = np.linalg.norm(x, axis=1)
    found = likely_lengths(x / true[:, None])
    assert (found**2).mean() == pytest.approx(1)

    # second moments of the vectors so made are nearer to the truth than those of the directions
    def shape_of(rows: np.ndarray) -> np.ndarray:
        moments = (rows**2).sum(axis=0)
        return moments / moments[0]

    unit = x / true[:, None]
    known = axes[:3] ** 2
    off, before = (
        abs(np.log(shape_of(rows)[:3] / known)).sum() for rows in (unit * found[:, None], unit)
    )
    assert off < before / 2


def test_lengths_of_directions_all_alike_are_nearly_alike() -> None:
    assert likely_lengths(Dictionary(gaussian(4000, 8, 0)).unit.astype(float)).std() < 0.05
    turned = likely_lengths(polygon(12))  # every direction is as likely
    np.testing.assert_allclose(turned, 1)


@pytest.mark.parametrize("shape", [polygon(12), gaussian(30, 3, 0) + 4])
def test_redraws_have_the_mean_and_covariance_of_their_component(shape: np.ndarray) -> None:
    part = Dictionary(shape @ rotation(20, 0)[: shape.shape[1]]).unit
    null = ComponentNull.of(part)
    points = np.concatenate(list(null.redraws(3000, np.random.default_rng(0))))
    assert points.shape[:2] == (3000, len(part))
    np.testing.assert_allclose(np.linalg.norm(points, axis=2), 1)
    rng = np.random.default_rng(1)
    plain = np.stack([gaussian_like(part, rng) for _ in range(3000)])
    # in coordinates of its own: what can be compared are lengths of means and distances
    for each in (lambda p: np.linalg.norm(p.mean(axis=1), axis=1), lambda p: distances(p)):
        assert ks_2samp(each(points), each(plain)).pvalue > 0.001


@theorem
@given(m=st.integers(4, 14), r=st.integers(2, 4), seed=seeds, scale=st.floats(0.05, 2))
def test_births_are_counted_as_the_bars_of_the_complex_are(
    m: int, r: int, seed: int, scale: float
) -> None:
    points = Dictionary(gaussian(m, r, seed)).unit.astype(float)
    bars = persistence(points, max_scale=np.inf, engine="gudhi").bars[1]
    known = int(((bars[:, 1] - bars[:, 0] > 1e-9) & (bars[:, 0] <= scale)).sum())
    if (np.abs(bars[:, 0] - scale) > 1e-6).all():
        [found], [latest] = loops_born_by(points[None], scale)
        assert found == known
        assert latest >= bars[(bars[:, 1] - bars[:, 0] > 1e-9) & (bars[:, 0] <= scale), 0].max(
            initial=0
        ) * (1 - 1e-6)


def test_births_are_counted_where_distances_are_equal() -> None:
    for n, born in ((3, 0), (4, 1), (5, 1), (6, 1)):
        points = np.round(polygon(n), 12)
        assert loops_born_by(points[None], 1.5)[0].tolist() == [born]
    octahedron = np.vstack([np.eye(3), -np.eye(3)])
    assert loops_born_by(octahedron[None], 2.0)[0].tolist() == [0]


@theorem
@given(
    m=st.integers(4, 30), r=st.integers(2, 3), seed=seeds,
    floor=st.floats(0.3, 2), least=st.floats(1, 3), round_it=st.booleans(),
)  # fmt: skip
def test_the_largest_ratio_is_that_of_all_bars_to_the_floor(
    m: int, r: int, seed: int, floor: float, least: float, round_it: bool
) -> None:
    points = Dictionary(polygon(m) if round_it else gaussian(m, r, seed)).unit.astype(float)
    births, deaths = persistence(points, max_scale=floor, engine="gudhi").bars[1].T
    ratios = np.append(np.minimum(deaths, floor) / births, 0)
    if (np.abs(ratios / least - 1) > 1e-5).all():
        known = ratios.max() if ratios.max() > least else 0
        np.testing.assert_allclose(largest_ratios(points[None], floor, least), known, rtol=1e-5)


def test_a_ratio_is_looked_at_no_further_once_it_has_been_reached_often_enough() -> None:
    part = ComponentNull.of(Dictionary(polygon(12) @ rotation(16, 0)[:2]).unit)
    low, high = ratio_p_values(part, 1.0, np.array([1.0, 9.0]), 400, np.random.default_rng(0))
    assert low == 20 / 20 or 0.02 < low <= 1  # every redraw, or nearly, has some bar
    assert high == 1 / 401
    alone = ratio_p_values(part, 1.0, np.array([9.0]), 400, np.random.default_rng(0))
    assert alone[0] == high


def test_null_loops_are_bars_of_redrawn_components() -> None:
    unit = Dictionary(np.vstack([polygon(12) @ rotation(16, 0)[:2], gaussian(20, 16, 1)])).unit
    parts = [np.arange(12), np.arange(12, 32)]
    nulls = [ComponentNull.of(unit[part]) for part in parts]
    drawn = [null_loops(nulls, 1.35, 7, draw) for draw in range(5)]
    again = null_loops(nulls, 1.35, 7, 3)
    np.testing.assert_array_equal(drawn[3], again)
    assert all(bars.shape[1] == 2 and (bars[:, 0] <= 1.35).all() for bars in drawn)
    assert len({bars.tobytes() for bars in drawn}) == 5
    assert null_loops([], 1.35, 7, 0).shape == (0, 2)


def test_components_too_small_for_a_loop_are_left_out() -> None:
    unit = Dictionary(np.repeat(np.eye(6), [1, 2, 3, 4, 5, 1], axis=0)).unit
    found = loop_components(edges_under(unit, 0.5))
    assert [part.tolist() for part in found] == [[6, 7, 8, 9], [10, 11, 12, 13, 14]]


def test_same_seed_same_p_and_no_global_state() -> None:
    x = Dictionary(clusters(60, 16, 0, inner=4))
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    first, again = (loops(x, least_ratio=1, draws=19, rng=5) for _ in range(2))
    assert len(first) > 3
    assert [loop.p_value for loop in first] == [loop.p_value for loop in again]
    assert (np.random.get_state()[1] == before).all()


# Chance


def isotropic(n: int, d: int, seed: int) -> np.ndarray:
    return gaussian(n, d, seed)


def elliptic(n: int, d: int, seed: int) -> np.ndarray:
    return gaussian(n, d, seed) / np.sqrt(np.arange(1, d + 1))


def clusters(n: int, d: int, seed: int, inner: int | None = None) -> np.ndarray:
    """Six Gaussian clusters, each in `inner` directions of its own."""
    rng = np.random.default_rng(seed)
    width = inner or d
    parts = []
    for _ in range(6):
        centre = rng.standard_normal(d)
        frame = np.linalg.qr(rng.standard_normal((d, width)))[0].T  # (width, d)
        offset = rng.standard_normal((n // 6, width)) @ frame
        parts.append(centre / np.linalg.norm(centre) + 0.6 * offset / np.sqrt(width))
    return np.concatenate(parts)


def flat_clusters(n: int, d: int, seed: int) -> np.ndarray:
    return clusters(n, d, seed, inner=4)


@pytest.mark.parametrize("d", [16, 64])
@pytest.mark.parametrize("kind", [isotropic, elliptic, clusters, flat_clusters])
def test_chance_shows_a_loop_no_more_often_than_its_level(kind: object, d: int) -> None:
    runs, cells = 40, 8
    false = 0
    for seed in range(runs):
        found = loops(Dictionary(kind(120, d, seed)), draws=19, rng=seed)  # type: ignore[operator]
        false += any(loop.p_value <= 0.05 for loop in found)
    assert false <= binom.ppf(1 - 0.01 / cells, runs, 0.05)


def test_the_shares_above_are_not_of_nothing() -> None:
    # flat clusters do hold loops that are listed; it is the p-value that passes none of them
    found = [loops(Dictionary(flat_clusters(120, 64, seed)), draws=19, rng=0) for seed in range(5)]
    assert sum(map(len, found)) >= 5


BUDGET = "must be a whole number, from 1 to 2**62; 20 million is usual"


@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (3, {}, "3 features: a loop needs at least 4"),
        (9, {"draws": 5}, "draws=5: fewer than 19 can never give p <= .05; 199 is usual"),
        (9, {"least_ratio": 0.9}, "least_ratio=0.9 must be at least 1; 1.2 is usual"),
        (9, {"least_ratio": "a"}, "least_ratio='a' must be a number, e.g. 0.5"),
        (9, {"budget": 0}, f"budget=0 {BUDGET}"),
        (9, {"budget": 10**30}, f"budget={10**30} {BUDGET}"),
        (9, {"least_ratio": np.nan}, "least_ratio=nan must be at least 1; 1.2 is usual"),
    ],
)
def test_too_little_is_refused(n: int, options: dict[str, float], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        loops(Dictionary(gaussian(n, 8, 0)), **options)  # type: ignore[arg-type]
    assert str(refused.value) == message


def test_asked_again_the_null_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    x = GroundTruth([Circle(12), Sphere(20)], d=64, rng=0).dictionary
    first = [loop.p_value for loop in loops(x, draws=19, rng=0)]
    monkeypatch.setattr(ComponentNull, "redraws", None)
    assert [loop.p_value for loop in loops(x, draws=19, rng=0)] == first
    with pytest.raises(TypeError):
        loops(x, draws=19, rng=1)


def test_a_dictionary_too_dense_for_its_loops_is_refused() -> None:
    x = Dictionary(np.ones(8) + 0.01 * gaussian(40, 8, 0))
    with pytest.raises(FeaturetopoError, match=r"more than budget=100 edges .* x\.centred\(\)"):
        loops(x, draws=19, budget=100)
