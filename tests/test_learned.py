"""Learned: a truth is found again in itself, and what is of no feature is spurious."""

from __future__ import annotations

import numpy as np
import pytest
from reference import gaussian, portrait

from featuretopo.compare import compare, learned
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.truth import Blobs, GroundTruth, Sphere

TRUTH = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(12)], 32, rng=0).dictionary


def test_a_truth_has_learned_itself() -> None:
    found = learned(TRUTH, TRUTH, name="itself")
    assert (found.name, found.n_latents, found.dead_latents) == ("itself", 28, 0)
    assert found.nearest_neighbour_pass_share == 1 and found.mmcs.symmetric == pytest.approx(1)
    assert (found.merged, found.split, found.mixed, found.spurious) == ((), (), (), ())


def test_what_was_merged_split_and_made_up_is_named() -> None:
    x = TRUTH.vectors
    far = np.linalg.svd(x)[2][-2:]  # at right angles to all of the truth
    centre = x[:8].mean(axis=0)
    found = learned(TRUTH, Dictionary(np.concatenate([[centre], x[8:], x[20:21], far])))
    assert found.merged == (0,) and found.split == (20,)
    assert found.spurious == (22, 23)


def test_dictionaries_that_did_not_learn_their_truth_cannot_testify() -> None:
    poor = Dictionary(gaussian(28, 32, 1))
    side = portrait(poor)
    found = compare(side, side, recoveries=(learned(TRUTH, poor),) * 2, draws=19, rng=0)
    assert found.verdict.judgement == "cannot tell"
    assert "did not learn its truth" in found.verdict.reasons[0]
    assert found["unowned_in_common"].low == 1


def test_a_truth_in_another_space_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="dimensions 32 and 5 differ"):
        learned(TRUTH, Dictionary(gaussian(9, 5, 0)))
