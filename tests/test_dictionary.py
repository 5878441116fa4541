"""Dictionary: what it holds, what it refuses, and what is kept when a part is taken."""

import dataclasses

import numpy as np
import pytest
from dictionary_cases import assert_same, dictionaries
from hypothesis import given
from hypothesis import strategies as st

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError

NAN, INF = float("nan"), float("inf")
MODERATE = st.floats(-100, 100, width=32)


def test_rows_are_features():
    x = Dictionary(np.ones((5, 3)))
    assert (x.n_features, x.d, len(x)) == (5, 3, 5)
    assert repr(x) == "Dictionary(5 features, 3 dimensions)"


def test_what_is_not_given_is_told_apart_from_what_is():
    x = Dictionary(np.eye(3))
    assert x.names == ("0", "1", "2")
    assert x.labels.tolist() == [-1, -1, -1]
    assert x.label_names == ()
    assert x.coordinates.shape == (3, 0)
    assert Dictionary(np.eye(3), labels=[0, 2, -1]).label_names == ("0", "1", "2")


def test_names_of_any_type_become_text():
    x = Dictionary(np.eye(2), [0, 1], names=np.array([7, 8]), label_names=np.array([2023, 2024]))
    assert x.names == ("7", "8")
    assert x.label_names == ("2023", "2024")
    assert all(type(name) is str for name in (*x.names, *x.label_names))


@given(dictionaries())
def test_unit_rows_have_length_one_and_the_same_direction(x):
    rows = x.vectors.astype(np.float64)  # holds the square of every float32
    expected = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert x.unit.dtype == np.float32
    np.testing.assert_allclose(x.unit, expected, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1.0, 1e30])
def test_unit_takes_every_length_that_a_float32_can_have(scale):
    np.testing.assert_allclose(Dictionary(np.eye(3) * scale).unit, np.eye(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_order_and_type_of_the_input_change_no_bit(dtype, rng):
    rows = rng.standard_normal((50, 300)).astype(np.float32)
    x, turned = Dictionary(rows), Dictionary(np.asfortranarray(rows.astype(dtype)))
    assert turned.vectors.tobytes() == x.vectors.tobytes()
    assert turned.unit.tobytes() == x.unit.tobytes()  # sums depend on the order in memory


def test_a_dictionary_cannot_be_changed():
    x = Dictionary(np.eye(3), coordinates=np.zeros((3, 1)))
    for array in (x.vectors, x.labels, x.coordinates, x.unit):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    for field in dataclasses.fields(x):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(x, field.name, getattr(x, field.name))


def test_what_it_was_made_from_stays_the_callers():
    vectors, labels, place = np.eye(3, dtype=np.float32), np.arange(3), np.zeros((3, 1), np.float32)
    x = Dictionary(vectors, labels, coordinates=place)
    vectors[:], labels[:], place[:] = 7, 7, 7
    assert_same(x, Dictionary(np.eye(3), np.arange(3), coordinates=np.zeros((3, 1))))


# ---- parts


@given(dictionaries(), st.data())
def test_take_carries_along_all_that_belongs_to_a_feature(x, data):
    rows = data.draw(st.lists(st.integers(0, len(x) - 1), min_size=2, max_size=8))
    part = x.take(rows)
    expected = Dictionary(
        [x.vectors[i] for i in rows],
        [x.labels[i] for i in rows],
        [x.names[i] for i in rows],
        np.array([x.coordinates[i] for i in rows]),
        x.label_names,
    )
    assert_same(part, expected)


@given(dictionaries(), st.data())
def test_a_mask_and_its_indices_take_the_same(x, data):
    mask = np.zeros(len(x), bool)
    chosen = data.draw(st.sets(st.integers(0, len(x) - 1), min_size=2))
    mask[list(chosen)] = True
    assert_same(x.take(mask), x.take(sorted(chosen)))


@given(dictionaries(), st.randoms(use_true_random=False))
def test_a_permutation_and_its_inverse_give_the_dictionary_back(x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    assert_same(x.take(order).take(np.argsort(order)), x)


@pytest.mark.parametrize("rows", [[], [1], np.zeros(3, bool)])
def test_a_part_of_fewer_than_two_features_is_refused(rows):
    with pytest.raises(FeaturetopoError, match=r"[01] features in 3 dimensions; needs at least 2"):
        Dictionary(np.eye(3)).take(rows)


def test_group_takes_the_features_of_one_label():
    x = Dictionary(np.eye(5), [1, 0, 1, -1, 1], names="abcde", label_names=["day", "month", "era"])
    assert_same(x.group("month"), x.take([0, 2, 4]))


def test_a_group_that_is_unknown_or_too_small_is_refused():
    x = Dictionary(np.eye(3), [1, 0, 1], label_names=["day", "month", "era"])
    with pytest.raises(FeaturetopoError, match=r"unknown group 'moth'; did you mean 'month'\?"):
        x.group("moth")
    with pytest.raises(FeaturetopoError, match="'week 1'; choose from day, month, era"):
        x.group("week 1")
    with pytest.raises(FeaturetopoError, match="group 'day' has 1 features; needs at least 2"):
        x.group("day")
    with pytest.raises(FeaturetopoError, match="group 'era' has 0 features; needs at least 2"):
        x.group("era")


@given(dictionaries(MODERATE))
def test_centring_moves_the_mean_to_zero_and_keeps_all_differences(x):
    distinct = Dictionary(
        x.vectors + 1000 * np.eye(*x.vectors.shape),  # so that no row is the mean
        x.labels,
        x.names,
        x.coordinates,
        x.label_names,
    )
    centred = distinct.centred()
    np.testing.assert_allclose(centred.vectors.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(
        centred.vectors - centred.vectors[0], distinct.vectors - distinct.vectors[0], atol=1e-3
    )
    assert_same(
        Dictionary(
            distinct.vectors,
            centred.labels,
            centred.names,
            centred.coordinates,
            centred.label_names,
        ),
        distinct,
    )


def test_a_feature_at_the_mean_has_no_direction_left():
    with pytest.raises(FeaturetopoError, match=r"row 1 holds only zeros.*drop"):
        Dictionary([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]).centred()


# ---- refusals: the value, the rule and the remedy


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([1.0, 2.0], r"shape \(2,\) must be \(n_features, d\): features as rows"),
        (np.ones((2, 2, 2)), r"shape \(2, 2, 2\) must be \(n_features, d\): features as rows"),
        ([[1.0, 2.0]], "1 features in 2 dimensions; needs at least 2 of each"),
        ([[1.0], [2.0]], "2 features in 1 dimensions; needs at least 2 of each"),
        (np.ones((0, 4)), "0 features in 4 dimensions; needs at least 2 of each"),
        ([[1, 2], [NAN, 1]], "row 1 holds NaN or infinite values; drop or mend"),
        ([[1, 2], [INF, 1]], "row 1 holds NaN or infinite values; drop or mend"),
        ([[1e300, 2], [1, 1]], "row 0 holds NaN or infinite values; drop or mend"),
        ([[1, None], [1, 1]], "row 0 holds NaN or infinite values; drop or mend"),
        (np.full((9, 2), NAN), r"9 rows \(0, 1, 2, 3, 4, \.\.\.\) hold NaN.*drop or mend"),
        ([[0, 0], [1, 1]], "row 0 holds only zeros and so no direction; drop"),
        (np.zeros((5, 2)), r"5 rows \(0, 1, 2, 3, 4\) hold only zeros.*drop"),
        ([[1, 2], [3]], "vectors must be an array of real numbers: .*inhomogeneous"),
        ([["1", "2"], ["3", "4"]], "vectors must be an array of real numbers: .*type <U1"),
        (np.eye(2) * 1j, "vectors must be an array of real numbers: .*type complex128"),
    ],
)
def test_vectors_that_are_no_dictionary_are_refused(vectors, message):
    with pytest.raises(FeaturetopoError, match=message):
        Dictionary(vectors)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labels": [0, 1]}, r"labels of shape \(2,\) for 3 features: give one per row"),
        ({"labels": [[0], [1], [2]]}, r"labels of shape \(3, 1\) for 3 features: give one"),
        ({"labels": [0.0, 1.0, 2.0]}, "labels of type float64 must be integers; number the"),
        ({"labels": [True, False, True]}, "labels of type bool must be integers; number the"),
        ({"labels": ["a", "b", "c"]}, "labels of type <U1 must be integers; number the groups"),
        ({"labels": [0, -2, 1]}, "label -2 must be >= 0, or -1 for none"),
        ({"labels": np.full(3, 2**64 - 9, np.uint64)}, "label -9 must be >= 0, or -1 for none"),
        ({"names": ["a", "b"]}, "2 names for 3 features: give one name per row"),
        ({"labels": [0, 1, 2], "label_names": ["a"]}, "1 label names for labels up to 2: name eve"),
        ({"coordinates": [0, 1, 2]}, r"shape \(3,\) must have shape \(3, k\): one row per feature"),
        ({"coordinates": np.ones((2, 1))}, r"shape \(2, 1\) must have shape \(3, k\): one row"),
        ({"coordinates": [["a"], ["b"], ["c"]]}, "coordinates must be an array of real numbers"),
    ],
)
def test_what_does_not_fit_the_vectors_is_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        Dictionary(np.eye(3), **given)
