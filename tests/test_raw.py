"""Raw activations: the same measures without an SAE, and their principal directions."""

from __future__ import annotations

import numpy as np
import pytest
from reference import gaussian, portrait, rotation
from scipy.stats import binom

from featuretopo.compare import compare
from featuretopo.compare.measure import Measure
from featuretopo.compare.raw import principal_directions, raw_measures
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.report.templates import templates
from featuretopo.report.wording import interval
from featuretopo.similarity import cka, knn_jaccard, mmcs, rsa

D = 6
OF_ROWS = {"mean_cca", "svcca", "cka", "rsa", "knn_jaccard", "distance_correlation", "rtd"}
WIDTHS = np.array([8.0, 4, 2, 1, 0.5, 0.25])


def measured(x: np.ndarray, y: np.ndarray, draws: int = 19, seed: int = 0) -> dict[str, Measure]:
    return {m.name: m for m in raw_measures((x, y), draws, seed)}


def test_turned_activations_are_the_same_and_their_directions_are_not() -> None:
    x = gaussian(200, D, 0) * WIDTHS
    found = measured(x, x @ rotation(D, 1))
    assert set(found) == {f"raw_{name}" for name in OF_ROWS} | {"raw_directions"}
    for name in OF_ROWS:
        same = 0 if name == "rtd" else 1
        assert found[f"raw_{name}"].low == pytest.approx(same, abs=1e-5)
        assert found[f"raw_{name}"].p_value == 0.05
    assert found["raw_directions"].low < 0.95
    assert measured(x, -x)["raw_directions"].low == pytest.approx(1, abs=1e-6)
    assert found["raw_cka"].note == "over 200 shared samples, without an SAE"


def test_values_are_those_of_the_measures_themselves() -> None:
    x, y = gaussian(150, D, 0) * WIDTHS, gaussian(150, 4, 1)
    y[:, 0] += x[:, 0]
    found = measured(x, y)
    assert found["raw_cka"].low == pytest.approx(cka(x, y, debiased=True))
    assert "raw_directions" not in found  # no common space
    many = gaussian(5000, 3, 2)
    found = measured(many, many)
    notes = [found[name].note.split()[1] for name in ("raw_svcca", "raw_cka", "raw_rtd")]
    assert notes == ["2,048", "1,000", "100"]


def test_a_sample_in_which_nothing_fires_takes_no_measure_away() -> None:
    x, y = gaussian(60, D, 0), gaussian(60, D, 1)
    x[7], y[[7, 30]] = 0, 0
    found = measured(x, y)
    for name, measure in (
        ("raw_rsa", rsa),
        ("raw_knn_jaccard", lambda *of: knn_jaccard(*of).value),
    ):
        rows = np.delete(np.arange(60), [7, 30])
        assert found[name].low == measure(x[rows], y[rows])
        assert len(found[name].null) == 19 and found[name].p_value is not None
        assert found[name].note == (
            "over 58 shared samples, without an SAE; 2 of 60 left out: one side is zero there"
        )
    assert found["raw_cka"].note == "over 60 shared samples, without an SAE"


def test_what_is_not_defined_stands_there_and_says_why() -> None:
    few = gaussian(12, 16, 0)
    found = measured(few, few)
    for name, why in (("raw_mean_cca", "by counting alone"), ("raw_svcca", "12 rows in 16 dim")):
        each = found[name]
        assert np.isnan(each.low) and each.p_value is None and each.null == ()
        assert each.note.startswith("not defined: ") and why in each.note
    one = np.outer(np.arange(1.0, 21), [1, 2, 3])
    assert "all distances of x are equal" in measured(one, gaussian(20, 3, 1))["raw_rsa"].note
    assert found["raw_cka"].low == pytest.approx(1)
    nothing = np.eye(20) * (np.arange(20) < 10)[:, None]  # each sample is zero on one side
    assert "not defined" in measured(nothing, np.eye(20) - nothing)["raw_rsa"].note


def test_what_float32_cannot_tell_apart_has_no_neighbours() -> None:
    turn = rotation(20, 0).astype(np.float32)
    found = measured(turn, turn)
    assert "equally far" in found["raw_knn_jaccard"].note
    assert np.isnan(found["raw_cka"].low) and np.isnan(found["raw_rsa"].low)


@pytest.mark.parametrize("power", [-600, 600])
def test_huge_and_tiny_activations_are_measured_as_others(power: int) -> None:
    x, y = gaussian(60, D, 0), gaussian(60, D, 1)
    assert measured(np.ldexp(x, power), np.ldexp(y, power)) == measured(x, y)


def test_strangers_stand_out_as_seldom_as_the_level_says() -> None:
    runs, p = 60, dict[str, list[float]]()
    for seed in range(runs):
        x, y = (gaussian(60, D, 2 * seed + side) * WIDTHS for side in (0, 1))
        for name, each in measured(x, y @ rotation(D, seed), seed=seed).items():
            assert each.p_value is not None
            p.setdefault(name, []).append(each.p_value)
    for name, of_all in p.items():
        for level in (0.05, 0.5):
            assert sum(v <= level for v in of_all) <= binom.ppf(0.999, runs, level), name


def test_raw_measures_stand_beside_the_others_and_change_none() -> None:
    x = Dictionary(gaussian(30, D, 0), names=[f"feature {i}" for i in range(30)])
    side = portrait(x)
    activations = gaussian(100, D, 1)
    without = compare(side, side, draws=19, rng=0)
    beside = compare(side, side, activations=(activations, activations), draws=19, rng=0)
    n = len(without.measures)
    assert beside.measures[:n] == without.measures
    assert {m.name for m in beside.measures[n:]} == {f"raw_{name}" for name in OF_ROWS} | {
        "raw_directions"
    }
    assert beside.verdict == without.verdict


def test_principal_directions_are_the_planted_ones() -> None:
    turn = rotation(D, 3)
    x = (gaussian(4000, D, 0) * WIDTHS) @ turn + 5
    found = principal_directions(x, 1.0)
    assert np.abs(found.vectors @ turn.T).round(1).tolist() == np.eye(D).tolist()
    assert float(mmcs(found, turn, absolute=True)) > 0.99
    assert len(principal_directions(x, 0.5)) == 2 and len(principal_directions(x)) == 4
    assert found.names[0] == "direction 0"


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (gaussian(5, 2, 0), gaussian(4, 2, 0), "activations of 5 and 4 samples"),
        (np.ones(5), np.ones((5, 2)), "activations a of shape (5,) must be (n_samples, d)"),
        (gaussian(5, 2, 0), np.full((5, 2), np.nan), "activations b hold NaN"),
        (
            np.array([["a", "b"]] * 3),
            gaussian(3, 2, 0),
            "activations a hold NaN, infinite values or no real numbers",
        ),
        (
            gaussian(5, 2, 0) * 1j,
            gaussian(5, 2, 0),
            "activations a hold NaN, infinite values or no",
        ),
    ],
)
def test_what_is_no_activations_is_refused(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        raw_measures((x, y), 19, 0)
    assert message in str(refused.value)


def test_directions_of_nothing_are_refused() -> None:
    with pytest.raises(FeaturetopoError, match="2 dimensions or more"):
        principal_directions(gaussian(5, 1, 0))
    with pytest.raises(FeaturetopoError, match="do not vary"):
        principal_directions(np.ones((5, 3)))
    with pytest.raises(FeaturetopoError, match="variance=0 must lie"):
        principal_directions(gaussian(5, 3, 0), 0)
    with pytest.raises(FeaturetopoError, match="variance='all' must be a number"):
        principal_directions(gaussian(5, 3, 0), "all")  # type: ignore[arg-type]
    with pytest.raises(FeaturetopoError, match="activations must be a pair"):
        x = Dictionary(gaussian(9, 3, 0))
        compare(x, x, activations=gaussian(5, 3, 0))  # type: ignore[arg-type]


def test_what_is_not_defined_is_empty_in_a_table_and_said_in_words() -> None:
    undefined = measured(gaussian(12, 16, 0), gaussian(12, 16, 1))["raw_svcca"]
    assert interval(undefined.low, undefined.high) == "undefined"
    page = templates().from_string("{% from 'macros.html.j2' import value %}{{ value(measure) }}")
    assert page.render(measure=undefined).strip() == "undefined"
