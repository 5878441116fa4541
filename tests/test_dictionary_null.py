"""The null of a whole dictionary: what is quick gives what is plain."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from reference import gaussian

from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.dictionary_null import _inverse


@pytest.mark.parametrize("rank", [4, 8])
def test_many_points_are_fitted_as_few_are(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points = gaussian(300, rank, 0) @ gaussian(rank, 8, 1) + np.arange(8)
    few = ComponentNull.like(points)
    monkeypatch.setattr(import_module("featuretopo.topology.component_null"), "_MANY", 100)
    many = ComponentNull.like(points)
    assert (many.m, len(many.extents)) == (300, rank)
    assert many.extents == pytest.approx(few.extents)
    # each axis may point either way
    assert np.abs(many.mean) == pytest.approx(np.abs(few.mean), abs=1e-6)


@pytest.mark.parametrize("rank", [5, 6])
@pytest.mark.parametrize("width", [1, 1e-7])
def test_a_covariance_is_inverted_as_far_as_it_goes(rank: int, width: float) -> None:
    points = gaussian(50, rank, 0) @ gaussian(rank, 6, 1)
    points[:, 0] *= width
    covariance = points.T @ points / 50
    plain = np.linalg.pinv(covariance, hermitian=True)
    assert np.allclose(_inverse(covariance), plain, rtol=1e-6, atol=1e-6 * np.abs(plain).max())
