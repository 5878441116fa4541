"""UMAP: the same seed gives the same picture, and it says how faithful it is."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from reference import gaussian
from sklearn.manifold import trustworthiness

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.embedding import umap
from featuretopo.topology.mapper import UMAP
from featuretopo.truth import Blobs, GroundTruth

TRUTH = GroundTruth([Blobs(4, 15, spread=0.3)], d=32, rng=0).dictionary


def test_same_seed_same_picture() -> None:
    one, two, other = (umap(TRUTH, rng=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.xy, two.xy)
    assert (one.xy != other.xy).any()
    assert one.xy.shape == (60, 2) and np.isfinite(one.xy).all()


def test_the_global_random_state_is_left_alone() -> None:
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    umap(TRUTH, rng=3)
    assert (np.random.get_state()[1] == before).all()


def test_lengths_of_features_do_not_matter() -> None:
    longer = Dictionary(TRUTH.vectors * 2.0 ** np.arange(60)[:, None].clip(max=8))
    np.testing.assert_array_equal(umap(TRUTH, rng=3).xy, umap(longer, rng=3).xy)


def test_trustworthiness_is_scikit_learns_and_high_for_planted_clusters() -> None:
    found = umap(TRUTH, rng=0)
    known = trustworthiness(TRUTH.unit, found.xy, n_neighbors=15)
    assert found.trustworthiness == pytest.approx(known)
    assert found.n_neighbors == 15
    gap = np.linalg.norm(found.xy[:, None] - found.xy[None], axis=2)
    np.fill_diagonal(gap, np.inf)
    assert (TRUTH.labels[gap.argmin(axis=1)] == TRUTH.labels).all()
    assert 0.8 < found.trustworthiness <= 1


def test_of_many_features_some_are_asked_how_faithful_the_picture_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    x, xy = Dictionary(gaussian(200, 4, 0)), rng.standard_normal((200, 2))
    xy += x.vectors[:, :2]
    module = import_module("featuretopo.topology.faithfulness")
    whole = module.trustworthiness(x, xy, 5)
    assert whole == pytest.approx(trustworthiness(x.unit, xy, n_neighbors=5))
    monkeypatch.setattr(module, "_ASKED", 100)
    part = module.trustworthiness(x, xy, 5)
    assert part != whole and part == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize("n", [4, 5, 10, 11, 12, 16])
def test_few_features_have_a_picture_too(n: int) -> None:
    found = umap(Dictionary(gaussian(n, 6, n)), rng=0)
    assert found.xy.shape == (n, 2) and np.isfinite(found.xy).all()
    assert found.n_neighbors == min(15, n - 1)
    assert 0 <= found.trustworthiness <= 1


def test_duplicates_have_a_picture_too() -> None:
    found = umap(Dictionary(np.repeat(np.eye(6), 4, axis=0)), rng=0)
    assert np.isfinite(found.xy).all()


@pytest.mark.parametrize(
    ("n", "neighbours", "message"),
    [
        (3, 15, "3 features: a picture of neighbours needs at least 4"),
        (9, 1, "n_neighbors=1 must be a whole number, at least 2; 15 is usual"),
    ],
)
def test_too_little_is_refused(n: int, neighbours: int, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        umap(Dictionary(gaussian(n, 4, 0)), n_neighbors=neighbours)
    assert str(refused.value) == message


def test_the_lens_is_a_layout_in_as_many_axes() -> None:
    x = GroundTruth([Blobs(3, 20, spread=0.2)], d=32, rng=0).dictionary
    lens = UMAP(3, n_neighbors=6, rng=3)
    values = lens.values(x)
    assert values.shape == (60, 3)
    np.testing.assert_array_equal(values, lens.values(x))
    centres = np.array([values[x.labels == label].mean(axis=0) for label in range(3)])
    nearest = np.linalg.norm(values[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == x.labels).mean() > 0.9
