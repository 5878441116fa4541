"""MapperTransformer keeps scikit-learn's promises."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from reference import gaussian
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import _testing, estimator_checks

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    PCA,
    Cubes,
    DensityClusters,
    Norm,
    SingleLinkage,
    Stack,
    Whole,
)
from featuretopo.truth import Blobs, GroundTruth

BLOBS = GroundTruth([Blobs(3, 10, spread=0.3)], d=16, rng=0).dictionary
# they fit rows of zeros only, which have no direction: a feature cannot be zero
SKIPPED = {"check_estimators_dtypes"}


def checks() -> list[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not tested for, such as a tag, is told
        found = estimator_checks.parametrize_with_checks(
            [ft.MapperTransformer(), ft.MapperTransformer(sparse_output=False)]
        )
    return list(found.args[1])


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_it_is_a_scikit_learn_estimator(
    estimator: object, check: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # on a CPU that OpenBLAS does not know, the check of memory maps would take arrays alone
    monkeypatch.setattr(_testing, "threadpool_info", list, raising=False)
    # scikit-learn 1.3 asks sparse matrices for what scipy 1.14 took from them
    monkeypatch.setattr(sparse.csr_matrix, "A", property(lambda x: x.toarray()), raising=False)
    if check.func.__name__ in SKIPPED:  # type: ignore[attr-defined]
        with pytest.raises(FeaturetopoError, match="only zeros and so no direction"):
            check(estimator)  # type: ignore[operator]
    else:
        check(estimator)  # type: ignore[operator]


def test_rows_are_in_the_nodes_of_the_graph() -> None:
    way = {"lens": PCA(1), "cover": Cubes(4, 0.4), "clusterer": DensityClusters(0.8)}
    mapped = ft.MapperTransformer(**way)
    given = mapped.fit_transform(BLOBS.vectors)
    assert sparse.issparse(given) and given.format == "csr" and given.has_canonical_format
    held = ft.MapperTransformer(**way, sparse_output=False).fit_transform(BLOBS.vectors)
    assert isinstance(held, np.ndarray)
    np.testing.assert_array_equal(held, given.toarray())
    graph = ft.mapper(BLOBS, **way)
    assert held.shape == (30, graph.n_nodes) and set(np.unique(held)) == {0, 1}
    for node, rows in enumerate(graph.members):
        assert np.flatnonzero(held[:, node]).tolist() == rows.tolist()
    assert mapped.graph_.n_loops == graph.n_loops
    assert mapped.get_feature_names_out().tolist() == [f"mapper{i}" for i in range(graph.n_nodes)]


def test_a_new_row_is_where_the_nearest_known_one_is() -> None:
    mapped = ft.MapperTransformer(cover=Cubes(3, 0.4), sparse_output=False).fit(BLOBS.vectors)
    new = BLOBS.vectors + 0.02 * gaussian(30, 16, 0)
    nearest = (ft.Dictionary(new).unit @ BLOBS.unit.T).argmax(axis=1)
    known = mapped.transform(BLOBS.vectors)
    np.testing.assert_array_equal(mapped.transform(new), known[nearest])
    np.testing.assert_array_equal(mapped.transform(3 * new[:1]), known[nearest[:1]])


# one direction at eight lengths, and another
RAYS = np.concatenate([np.outer(np.arange(1.0, 9), [1.0, 2.0, 2.0]), [[9.0, 0.0, 0.0]]])


@pytest.mark.parametrize("lens", [Norm(), np.arange(9), lambda x: x.vectors[:, 0]])
def test_rows_of_the_fit_are_in_their_own_nodes_whatever_the_lens_looks_at(lens: object) -> None:
    mapped = ft.MapperTransformer(lens=lens, cover=Cubes(4), clusterer=Whole())
    own = mapped.fit_transform(RAYS).toarray()
    assert len(np.unique(own, axis=0)) > 3  # lengths are told apart
    for node, rows in enumerate(mapped.graph_.members):
        assert np.flatnonzero(own[:, node]).tolist() == rows.tolist()
    np.testing.assert_array_equal(mapped.transform(RAYS[::-1]).toarray(), own[::-1])
    assert mapped.transform(-0.0 + RAYS[-1:]).toarray().tolist() == own[-1:].tolist()


def test_a_new_row_is_compared_by_length_where_the_lens_may_see_it() -> None:
    way = {"cover": Cubes(4), "clusterer": Whole(), "sparse_output": False}
    new = RAYS[[2, 7]] * 1.01  # nearest in direction, up to rounding, are all eight
    for lens in (Norm(), Stack(PCA(1), Norm()), lambda x: x.vectors[:, 0]):
        mapped = ft.MapperTransformer(lens=lens, **way)
        own = mapped.fit_transform(RAYS)
        np.testing.assert_array_equal(mapped.transform(new), own[[2, 7]])
    for lens in (np.arange(9), Stack(PCA(1), np.arange(9))):
        mapped = ft.MapperTransformer(lens=lens, **way).fit(RAYS)
        with pytest.raises(FeaturetopoError, match="row 1 is none of the fit, and lens 'array' is"):
            mapped.transform(np.stack([RAYS[0], new[0]]))


def test_equal_rows_in_different_nodes_are_told_by_number_alone() -> None:
    twice = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    mapped = ft.MapperTransformer(lens=np.arange(4), cover=Cubes(2), clusterer=Whole())
    assert mapped.fit_transform(twice).toarray().tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    with pytest.raises(FeaturetopoError, match="row 1 is equal to rows 0 and 2 of the fit, which"):
        mapped.transform(twice[1:])
    np.testing.assert_array_equal(mapped.transform(twice[[1, 3]]).toarray(), [[1, 0], [0, 1]])


def test_it_stands_in_a_pipeline_and_is_cloned_with_its_strategies() -> None:
    pipe = make_pipeline(
        FunctionTransformer(np.tanh), ft.MapperTransformer(cover=Cubes(2, 0.5), clusterer=Whole())
    )
    assert pipe.fit_transform(BLOBS.vectors).shape[1] == pipe[-1].graph_.n_nodes
    rule = SingleLinkage()
    copy = clone(ft.MapperTransformer(clusterer=rule)).set_params(cover=Cubes(5))
    told = {"lens": None, "cover": Cubes(5), "clusterer": rule, "sparse_output": True}
    assert copy.get_params() == told


def test_rows_without_a_direction_are_refused() -> None:
    with pytest.raises(FeaturetopoError, match="row 1 holds only zeros"):
        ft.MapperTransformer().fit([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    mapped = ft.MapperTransformer().fit(BLOBS.vectors)
    with pytest.raises(FeaturetopoError, match="row 0 holds only zeros"):
        mapped.transform(np.zeros((1, 16)))


def test_a_sparse_output_that_is_no_truth_value_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="sparse_output='x' must be True or False"):
        ft.MapperTransformer(sparse_output="x").fit(np.eye(9))  # type: ignore[arg-type]
