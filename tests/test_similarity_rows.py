"""What the similarity measures take and what they refuse."""

import numpy as np
import pytest
import torch

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import centred, paired_rows, unit_pair, unit_rows


def test_unit_rows_keep_float32_and_lift_the_rest():
    x = np.array([[3, 4], [0, 2]])
    assert unit_rows(x.astype(np.float32), "a").dtype == np.float32
    assert unit_rows(Dictionary(x), "a").dtype == np.float32
    assert unit_rows(x, "a").dtype == np.float64
    for given in (x, x.astype(np.float16), Dictionary(x)):
        assert unit_rows(given, "a") == pytest.approx(np.array([[0.6, 0.8], [0, 1]]))


def test_unit_rows_of_huge_values_do_not_overflow():
    x = np.full((2, 2), 1e30, np.float32)
    assert unit_rows(x, "a") == pytest.approx(np.full((2, 2), 0.5**0.5))


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros(3), r"a of shape \(3,\) must be \(n, d\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        ([["up", "down"]], "give real numbers"),
        (np.array([[1j, 0]]), "holds complex128; give real numbers"),
        ([[1.0, 0.0], [np.nan, 1.0]], "row 1 of a holds NaN or infinite values; drop or mend"),
        ([[1.0, 0.0], [0.0, 0.0]], "row 1 of a is zero and so has no direction; drop it"),
    ],
)
def test_bad_rows_are_refused(x, words):
    with pytest.raises(FeaturetopoError, match=words):
        unit_rows(x, "a")


def test_different_dimensions_are_refused_with_a_remedy():
    with pytest.raises(FeaturetopoError, match=r"dimensions 3 and 4 differ.*procrustes.*codes"):
        unit_pair(np.eye(3), np.eye(4))


def test_unequal_rows_are_refused_with_a_remedy():
    with pytest.raises(FeaturetopoError, match=r"3 rows of x and 4 rows of y.*similarity\.match"):
        paired_rows(np.eye(3), np.eye(4))


def test_one_pair_is_refused():
    with pytest.raises(FeaturetopoError, match="1 pairs of rows; needs at least 2"):
        paired_rows([[1.0, 2.0]], [[3.0]])


def test_paired_rows_of_a_dictionary_keep_their_lengths():
    x, _ = paired_rows(Dictionary([[3.0, 4.0], [1.0, 0.0]]), np.eye(2))
    assert x.tolist() == [[3, 4], [1, 0]]


def test_centring_leaves_nothing_of_a_constant_column():
    # one mean of 10,007 equal rows is off by its rounding
    x = np.full((10_007, 3), [0.1, 1e6 + 0.3, -7e-5])
    assert (np.linalg.norm(centred(x), axis=0) <= 4e-16 * np.linalg.norm(x, axis=0)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_weights_of_a_model_are_taken_as_they_are(dtype: torch.dtype) -> None:
    weights = torch.nn.Parameter(torch.tensor([[3.0, 4.0], [1.0, 0.0]], dtype=dtype))
    assert Dictionary(weights).vectors.tolist() == [[3, 4], [1, 0]]
    assert unit_rows(weights, "a") == pytest.approx(np.array([[0.6, 0.8], [1, 0]]))
    left, _ = paired_rows(weights, weights)
    assert left.tolist() == [[3, 4], [1, 0]]
