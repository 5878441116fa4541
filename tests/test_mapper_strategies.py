"""What mapper says of strategies: remedies of the one at hand, and what is none."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian, polygon, rotation
from sklearn.cluster import DBSCAN

import featuretopo.topology.mapper as mapper_package
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    HDBSCAN,
    PCA,
    Balls,
    Coordinates,
    CoreShare,
    Cubes,
    DensityClusters,
    SingleLinkage,
    SklearnClusterer,
    Whole,
    mapper,
)

theorem = settings(max_examples=60, deadline=None, derandomize=True)


def in_plane(n: int, d: int) -> np.ndarray:
    """A regular n-gon on a great circle of R^d."""
    return polygon(n) @ rotation(d, 0)[:2]


@pytest.mark.parametrize(
    ("clusterer", "remedy"),
    [
        (HDBSCAN(40), "every feature was noise; lower min_cluster_size or min_samples"),
        (SklearnClusterer(DBSCAN(eps=0.01)), "let the estimator leave out less"),
        (DensityClusters(CoreShare(0.1), min_samples=8), "raise eps or lower min_samples"),
    ],
)
def test_what_leaves_less_out_is_told_of_the_clusterer_at_hand(
    clusterer: object, remedy: str
) -> None:
    found = mapper(Dictionary(np.eye(30)), cover=Cubes(8), clusterer=clusterer).warnings  # type: ignore[arg-type]
    assert any(remedy in warning for warning in found)
    assert ("raise eps" in " ".join(found)) == isinstance(clusterer, DensityClusters)


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"clusterer": Whole()}, "use more cubes or a finer clusterer"),
        ({"clusterer": HDBSCAN(2)}, "use more cubes or one_cluster=False or a smaller min_cluster"),
        ({"clusterer": SingleLinkage()}, "use more cubes or another cut, such as FirstGap"),
        ({"cover": Balls(9.0)}, "use a smaller radius or a smaller eps"),
    ],
)
def test_what_makes_a_giant_smaller_is_told_of_the_cover_and_clusterer_at_hand(
    options: dict[str, object], remedy: str
) -> None:
    found = mapper(Dictionary(in_plane(40, 6)), **{"cover": Cubes(1)} | options).warnings  # type: ignore[arg-type]
    assert any(remedy in warning for warning in found)


class Nowhere:
    """A cover without cells."""

    def cells(self, lens: np.ndarray) -> Iterator[np.ndarray]:
        return iter(())


class Given:
    """A cover whose cells are given, and a clusterer whose labels are."""

    def __init__(self, given: object) -> None:
        self.given = given

    def cells(self, lens: np.ndarray) -> object:
        return iter(self.given)  # type: ignore[call-overload]

    def labels(self, x: Dictionary, cells: object) -> object:
        return self.given

    def __repr__(self) -> str:
        return "Given()"


def test_cells_may_be_lists_in_any_order() -> None:
    x = Dictionary(gaussian(8, 3, 0))
    cells = [[5, 0, 3, 2, 1], np.array([7, 3, 4, 6], np.uint8)]
    ordered = [np.array(sorted(map(int, cell))) for cell in cells]
    found, usual = (mapper(x, cover=Given(c), clusterer=SingleLinkage()) for c in (cells, ordered))  # type: ignore[arg-type]
    assert [*map(list, found.members)] == [*map(list, usual.members)]
    assert all((np.diff(rows) > 0).all() for rows in found.members)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"cover": Given([[0, 1], [2, 8]])},
            "cell 1 of Given() holds row 8: give rows from 0 to 7",
        ),
        ({"cover": Given([[0, -1]])}, "cell 0 of Given() holds row -1: give rows from 0 to 7"),
        ({"cover": Given([[0.0, 1.0]])}, "of shape (2,) and type float64: a cell holds the row"),
        ({"cover": Given([[[0, 1]]])}, "of shape (1, 2) and type int64: a cell holds the row"),
        ({"cover": Given([[0, 1], []])}, "cell 1 of Given() is of shape (0,)"),
        ({"cover": Given([[3, 0, 3]])}, "cell 0 of Given() holds row 3 twice: give each row once"),
        ({"clusterer": Given(None)}, "Given() gave labels for 0 of"),
        ({"cover": Nowhere()}, "has no cell for 8 features: a cover holds each feature in one"),
        ({"cover": Cubes}, "cover=Cubes is a class: call it, with what it needs"),
        ({"cover": 10}, "cover=10 must be a cover, such as Cubes(10, overlap=0.3)"),
        ({"clusterer": DBSCAN()}, "clusterer=DBSCAN() clusters rows, not cells: wrap it, as Skl"),
        ({"clusterer": DensityClusters}, "clusterer=DensityClusters is a class: call it"),
        ({"clusterer": DBSCAN}, "clusterer=<class 'sklearn.cluster._dbscan.DBSCAN'> clusters rows"),
        ({"clusterer": "dbscan"}, "clusterer='dbscan' must be a clusterer, such as Density"),
        ({"lens": PCA}, "lens=PCA is a class: call it, with what it needs: a lens, such as PCA(2)"),
        ({"lens": "pca"}, "lens='pca' is no lens: give one such as PCA(2)"),
        ({"lens": np.array(["a"] * 8)}, "is no lens: give one such as PCA(2)"),
        (
            {"lens": Coordinates(np.array([["left"]] * 8), "side")},
            "lens 'side' holds what is no number, 'left' first: give numbers; groups are Labels()",
        ),
        ({"lens": lambda x: x.names}, "holds what is no number, '0' first"),
        ({"lens": lambda x: np.array([None] * 8)}, "holds NaN or infinite values"),
    ],
)
def test_what_is_no_strategy_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        mapper(Dictionary(gaussian(8, 3, 0)), **options)  # type: ignore[arg-type]
    assert message in str(refused.value)


# An eps from the distances to nearest neighbours


@theorem
@given(x=crowds(least=4, most=30), share=st.floats(0.05, 1), min_samples=st.integers(2, 4))
def test_core_share_is_the_least_eps_at_which_so_many_are_cores(
    x: Dictionary, share: float, min_samples: int
) -> None:
    distances = chords(x)
    eps = CoreShare(share).eps(x, min_samples)
    assume(not (np.abs(distances[distances > 1e-3] - eps) < 1e-6).any() or eps == 2)
    for factor, enough in ((1 + 1e-5, True), (1 - 1e-4, False)):
        within = (distances <= eps * factor).sum(axis=1)  # itself included
        cores = (within >= min_samples).mean()
        if enough:
            assert cores >= share - 1e-9
        elif eps > 1e-2:
            assert cores < share
    [labels] = DensityClusters(CoreShare(share), min_samples).labels(x, [np.arange(len(x))])
    assert (labels >= 0).mean() >= share - 1e-9


def test_core_share_tells_its_eps_and_what_it_cannot_be() -> None:
    x = Dictionary(in_plane(20, 4))
    graph = mapper(x, clusterer=DensityClusters(CoreShare(0.5), 3))
    assert float(graph.parameters["eps"]) == pytest.approx(2 * np.sin(np.pi / 20), abs=1e-4)
    assert "CoreShare(share=0.5)" in graph.parameters["clusterer"]
    for share in (0, 1.5, np.nan):
        with pytest.raises(FeaturetopoError, match=r"must lie in \(0, 1\]; 0.9 is usual"):
            CoreShare(share)
    with pytest.raises(FeaturetopoError, match="share='all' must be a number"):
        CoreShare("all")  # type: ignore[arg-type]
    for min_samples in (1, 21):
        with pytest.raises(FeaturetopoError, match=r"of 20 features: from 2 to so many"):
            mapper(x, clusterer=DensityClusters(CoreShare(), min_samples))


def classes_in(hint: object) -> Iterator[type]:
    """Classes of a type, and of what it is made of."""
    if inspect.isclass(hint):
        yield hint
    for part in typing.get_args(hint):
        yield from classes_in(part)


def test_every_type_in_a_public_signature_is_public() -> None:
    public = mapper_package.__all__
    for name in public:
        one = getattr(mapper_package, name)
        if not inspect.isclass(one) and not inspect.isfunction(one):
            continue  # an alias
        for hint in typing.get_type_hints(one).values():
            for each in classes_in(hint):
                if each.__module__.startswith("featuretopo.topology.mapper"):
                    assert each.__name__ in public, (name, each)
    assert typing.get_type_hints(mapper)["lens"] == mapper_package.LensLike | None
