"""MapperTransformer: Mapper as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.lens import PCA, Coordinates, LensLike, lens_of
from featuretopo.topology.mapper.lenses.angle import Angle
from featuretopo.topology.mapper.lenses.density import Density
from featuretopo.topology.mapper.lenses.directions import Directions
from featuretopo.topology.mapper.lenses.eccentricity import Eccentricity
from featuretopo.topology.mapper.lenses.isomap import Isomap
from featuretopo.topology.mapper.lenses.knn_distance import KNNDistance
from featuretopo.topology.mapper.lenses.loop_angle import LoopAngle
from featuretopo.topology.mapper.lenses.stack import parts_of
from featuretopo.topology.mapper.lenses.umap import UMAP
from featuretopo.topology.mapper.mapper import mapper

IntArray = npt.NDArray[np.integer[Any]]
FloatArray = npt.NDArray[np.floating[Any]]

_BLOCK = 1024
#: Lenses that see directions alone; any other may see lengths too.
_OF_DIRECTIONS = (
    PCA,
    UMAP,
    Angle,
    Density,
    Directions,
    Eccentricity,
    Isomap,
    KNNDistance,
    LoopAngle,
)


class MapperTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Mapper graph of the rows of an array; transforms a row to the nodes that it is in.

    A row that the graph was made of is in exactly the nodes that hold it. Any other is in the nodes
    of the row nearest to it: by chord distance where the lens sees directions alone, by Euclidean
    distance where it may see lengths, as `Norm` and functions. A lens that is an array has no
    values for other rows, and they are refused.

    Parameters
    ----------
    lens, cover, clusterer
        As for :func:`featuretopo.mapper`.
    sparse_output : bool
        Whether ``transform`` returns a scipy CSR matrix, as scikit-learn's OneHotEncoder does, or
        an array: a graph of 50,000 rows may have 20,000 nodes, and that array 8 GB.

    Attributes
    ----------
    graph_ : MapperGraph
    dictionary_ : Dictionary
        The rows that it was made of.
    n_features_in_ : int
        Columns: dimensions, in the words of this package, whose features are rows.

    Raises
    ------
    FeaturetopoError
        As :func:`featuretopo.mapper`; at ``fit`` or ``transform`` for rows of zeros; at
        ``transform`` for a row that the fit had twice, in different nodes, and, where the lens is
        an array, for a row that it had not.

    Notes
    -----
    It passes scikit-learn's ``check_estimator`` but for ``check_estimators_dtypes``, which fits
    whole numbers of which one row holds only zeros. That row has no direction, and so no node: to
    leave it out in silence would make row numbers of the graph differ from those of X.

    Examples
    --------
    >>> from featuretopo.topology.mapper import SingleLinkage
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> rows = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary.vectors
    >>> mapped = MapperTransformer(clusterer=SingleLinkage())
    >>> nodes = mapped.fit_transform(rows)
    >>> nodes.shape == (16, mapped.graph_.n_nodes), int(nodes.getnnz(axis=1).min()) > 0
    (True, True)
    """

    def __init__(
        self,
        *,
        lens: LensLike | None = None,
        cover: Cover | None = None,
        clusterer: Clusterer | None = None,
        sparse_output: bool = True,
    ) -> None:
        self.lens = lens
        self.cover = cover
        self.clusterer = clusterer
        self.sparse_output = sparse_output

    def fit(self, X: npt.ArrayLike, y: object = None) -> MapperTransformer:
        """Make the graph of the rows of X, shape (n_rows, n_columns); y is not looked at."""
        if not isinstance(self.sparse_output, bool | np.bool_):
            raise FeaturetopoError(f"sparse_output={self.sparse_output!r} must be True or False")
        rows = _checked(self, X, reset=True)
        self.dictionary_ = Dictionary(rows)
        self.graph_ = mapper(
            self.dictionary_, lens=self.lens, cover=self.cover, clusterer=self.clusterer
        )
        return self

    def fit_transform(self, X: npt.ArrayLike, y: object = None) -> Any:
        """Make the graph of the rows of X and return which nodes each is in, as ``transform``."""
        return self.fit(X, y)._given(self._held())

    def transform(self, X: npt.ArrayLike) -> Any:
        """Return which nodes each row is in, 1 or 0, shape (n_rows, n_nodes)."""
        check_is_fitted(self, "graph_")
        rows = _checked(self, X, reset=False)
        # a dictionary has two rows at least
        new = Dictionary(np.vstack([rows, self.dictionary_.vectors[:1]]))
        held, like = self._held(), self._rows_like(new.vectors[:-1])
        other = np.flatnonzero(like < 0)
        if len(other):
            like[other] = self._nearest(new, other)
        return self._given(held[like])

    def _held(self) -> sparse.csr_matrix:
        """Which node holds which row of the fit, shape (n_known, n_nodes)."""
        graph = self.graph_
        node = np.repeat(np.arange(graph.n_nodes), graph.sizes)
        row = np.concatenate([*graph.members, np.empty(0, np.int64)])
        shape = graph.n_features, graph.n_nodes
        return sparse.csr_matrix((np.ones(len(row)), (row, node)), shape)

    def _given(self, held: sparse.csr_matrix) -> Any:
        return held if self.sparse_output else held.toarray()

    def _rows_like(self, rows: FloatArray) -> IntArray:
        """Return the row of the fit that each is equal to, -1 where there is none."""
        held = self._held()
        nodes = np.split(held.indices, held.indptr[1:-1])
        first: dict[bytes, int] = {}
        unlike: dict[int, int] = {}
        for place, row in enumerate(_bytes(self.dictionary_.vectors)):
            other = first.setdefault(row, place)
            if not np.array_equal(nodes[other], nodes[place]):
                unlike[other] = place
        found = np.array([first.get(row, -1) for row in _bytes(rows)])
        for place, like in enumerate(found.tolist()):
            if like in unlike:
                raise FeaturetopoError(
                    f"row {place} is equal to rows {like} and {unlike[like]} of the fit, which are "
                    "in different nodes: fit_transform tells the nodes of each, or fit without "
                    "duplicates"
                )
        return found

    def _nearest(self, new: Dictionary, rows: IntArray) -> IntArray:
        """Return the row of the fit nearest to each of some new ones."""
        parts = parts_of(lens_of(self.lens))
        given = [part for part in parts if isinstance(part, Coordinates)]
        if given:
            raise FeaturetopoError(
                f"row {rows[0]} is none of the fit, and lens {given[0].name!r} is an array, which "
                "has no value for it: transform rows of the fit, or give a lens that is computed "
                "from them, such as PCA(2)"
            )
        known = self.dictionary_
        if all(isinstance(part, _OF_DIRECTIONS) for part in parts):
            return nearest_rows(new.unit[rows], known.unit)
        return nearest_rows(new.vectors[rows], known.vectors)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:
        """Return a name for each node: ``mapper0``, ``mapper1``, ..."""
        check_is_fitted(self, "graph_")
        return np.array([f"mapper{node}" for node in range(self.graph_.n_nodes)], dtype=object)


def _checked(estimator: MapperTransformer, X: npt.ArrayLike, *, reset: bool) -> npt.NDArray[Any]:
    """Check rows as scikit-learn does, by the function or, before 1.6, the method for it."""
    options: dict[str, Any] = {"dtype": [np.float64, np.float32]}
    if reset:
        options |= {"ensure_min_samples": 2, "ensure_min_features": 2}
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        return np.asarray(estimator._validate_data(X, reset=reset, **options))
    return np.asarray(validate_data(estimator, X, reset=reset, **options))


def _bytes(rows: FloatArray) -> list[bytes]:
    """Rows to be looked up; 0 and -0 are equal, and their bytes are not."""
    return [row.tobytes() for row in rows + np.float32(0)]


def nearest_rows(rows: FloatArray, known: FloatArray) -> IntArray:
    """Return which known row is nearest to each, by Euclidean distance: chord, of unit vectors.

    Examples
    --------
    >>> known = np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 0.0]])
    >>> nearest_rows(np.array([[1.0, 0.2]]), known).tolist()
    [2]
    """
    known = known.astype(np.float64)
    half = (known**2).sum(axis=1) / 2
    blocks = range(0, len(rows), _BLOCK)
    # of the squared distance, what differs from one known row to the next
    found = [(rows[start : start + _BLOCK] @ known.T - half).argmax(axis=1) for start in blocks]
    return np.concatenate(found)
