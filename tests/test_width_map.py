"""width_map: each figure against the single run that it stands for; the picture of it."""

import numpy as np
import pytest

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import SimulatedLLM, UniformFrequency
from featuretopo.random import child_seed
from featuretopo.report.width_map_figure import width_map_figure
from featuretopo.sae import (
    JumpReLU,
    Member,
    TopK,
    evaluate,
    toy_2022,
    train_ensemble,
    width_map,
)
from featuretopo.similarity import mmcs
from featuretopo.truth import GroundTruth, Sphere

MODEL = SimulatedLLM(GroundTruth([Sphere(12)], 16, rng=0), frequency=UniformFrequency(1.5), rng=0)
GIVEN = {"steps": 150, "batch_size": 128, "learning_rate": 1e-2}
KINDS, WIDTHS = [TopK(2), JumpReLU(0.0, threshold=1e6)], [6, 12, 24]  # the second never fires


@pytest.fixture(scope="module")
def found():
    return width_map(MODEL, KINDS, WIDTHS, seeds=[3, 4], **GIVEN, rng=0)


def live(latents, seed):
    seed = child_seed(seed, "width", latents)
    (sae,) = train_ensemble(MODEL, [Member(TopK(2), latents, seed)], **GIVEN, rng=0)
    held_out = MODEL.sample(10_000, rng=child_seed(0, "held out")).activations
    seen = evaluate(sae, held_out)
    return sae.dictionary.vectors[seen.alive], seen


def test_each_cell_is_the_mean_of_single_runs(found):
    assert found.architectures == tuple((kind,) * 3 for kind in KINDS)
    assert found.rows == tuple(map(repr, KINDS)) and found.widths == tuple(WIDTHS)
    pairs = [(live(12, seed), live(24, seed)) for seed in (3, 4)]
    for name, expected in {
        "to_truth": [mmcs(MODEL.dictionary, a).a_to_b for (a, _), _ in pairs],
        "to_truth_chance": [mmcs(MODEL.dictionary, a).chance_a_to_b for (a, _), _ in pairs],
        "to_next": [mmcs(a, b).a_to_b for (a, _), (b, _) in pairs],
        "to_next_chance": [mmcs(a, b).chance_a_to_b for (a, _), (b, _) in pairs],
        "dead": [12 - len(a) for (a, _), _ in pairs],
        "fvu": [seen.fvu for (_, seen), _ in pairs],
        "l0": [seen.l0 for (_, seen), _ in pairs],
    }.items():
        assert getattr(found, name)[0, 1] == pytest.approx(np.mean(expected), rel=1e-6), name


def test_saes_that_learned_nothing_agree_no_more_than_chance():
    given = GIVEN | {"steps": 1}
    found = width_map(MODEL, [TopK(2)], WIDTHS, seeds=range(8), **given, rng=0)
    chance = found.to_next_chance[0, :-1]
    assert (np.abs(found.to_next[0, :-1] - chance) < 0.1).all(), "a start in common is no finding"


def test_rows_of_a_penalty_that_hangs_on_the_width_have_names():
    rows = {f"alpha {alpha}": lambda n, a=alpha: toy_2022(a, n, MODEL.d) for alpha in (0.1, 0.4)}
    given = GIVEN | {"encoder": "random", "warmup": 0, "decay": 0}
    found = width_map(MODEL, rows, [6, 12], **given, rng=0)
    assert found.rows == ("alpha 0.1", "alpha 0.4")
    assert found.architectures[1] == (toy_2022(0.4, 6, 16), toy_2022(0.4, 12, 16))
    assert found.l0[0, 1] > found.l0[1, 1]
    assert ">alpha 0.4</text>" in str(width_map_figure(found))


def test_what_is_not_there_has_no_mmcs(found):
    assert np.isnan(found.to_next[:, -1]).all() and np.isfinite(found.to_next[0, :-1]).all()
    np.testing.assert_array_equal(found.dead[1], WIDTHS)
    assert np.isnan(found.to_truth[1]).all() and np.isnan(found.to_next[1]).all()


def test_enough_latents_hold_the_truth_and_too_few_do_not(found):
    assert found.to_truth[0, 1] > found.to_truth[0, 0] + 0.1
    assert found.to_truth[0, 2] > 0.9


def test_the_picture_shows_every_cell(found):
    drawn = str(width_map_figure(found))
    for value in (*found.to_truth[0], *found.to_next[0, :-1]):
        assert f">{value:.2f}</text>" in drawn
    assert drawn.count("<rect") == 2 * 2 * 3
    assert drawn.count(">24 dead</text>") == 2
    assert "TopK(k=2" in drawn and "http" not in drawn


@pytest.mark.parametrize(
    ("kinds", "widths", "seeds"),
    [
        ([], [4], [0]),
        (KINDS, [], [0]),
        (KINDS, [4], []),
        (KINDS, [8, 4], [0]),
        (KINDS, [4, 4], [0]),
    ],
)
def test_what_makes_no_map_is_refused(kinds, widths, seeds):
    with pytest.raises(FeaturetopoError, match="give at least one of each, and widths that grow"):
        width_map(MODEL, kinds, widths, seeds=seeds, **GIVEN)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((TopK(1), [4]), r"architectures=TopK\(k=1.* must be a list or a mapping"),
        ((KINDS, 8), "widths=8 must be a list of integers"),
    ],
)
def test_what_is_no_list_is_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        width_map(MODEL, *given, **GIVEN)
