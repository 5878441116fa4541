"""MapperTransformer: Mapper as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.lens import LensLike
from featuretopo.topology.mapper.mapper import mapper

FloatArray = npt.NDArray[np.floating[Any]]

_BLOCK = 1024


class MapperTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Mapper graph of the rows of an array; transforms a row to the nodes that it is in.

    A row that the graph was not made of is in the nodes of the row nearest to it, by chord
    distance.

    Parameters
    ----------
    lens, cover, clusterer
        As for :func:`featuretopo.mapper`.

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
        As :func:`featuretopo.mapper`; at ``fit`` or ``transform`` for rows of zeros.

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
    >>> nodes.shape == (16, mapped.graph_.n_nodes), bool(nodes.any(axis=1).all())
    (True, True)
    """

    def __init__(
        self,
        *,
        lens: LensLike | None = None,
        cover: Cover | None = None,
        clusterer: Clusterer | None = None,
    ) -> None:
        self.lens = lens
        self.cover = cover
        self.clusterer = clusterer

    def fit(self, X: npt.ArrayLike, y: object = None) -> MapperTransformer:
        """Make the graph of the rows of X, shape (n_rows, n_columns); y is not looked at."""
        rows = _checked(self, X, reset=True)
        self.dictionary_ = Dictionary(rows)
        self.graph_ = mapper(
            self.dictionary_, lens=self.lens, cover=self.cover, clusterer=self.clusterer
        )
        return self

    def transform(self, X: npt.ArrayLike) -> FloatArray:
        """Return which nodes each row is in, 1 or 0, shape (n_rows, n_nodes)."""
        check_is_fitted(self, "graph_")
        rows = _checked(self, X, reset=False)
        known = self.dictionary_.unit
        # a dictionary has two rows at least
        unit = Dictionary(np.vstack([rows, known[:1]])).unit[:-1]
        held = np.zeros((len(known), self.graph_.n_nodes))
        for node, members in enumerate(self.graph_.members):
            held[members, node] = 1
        blocks = range(0, len(unit), _BLOCK)
        nearest = [(unit[start : start + _BLOCK] @ known.T).argmax(axis=1) for start in blocks]
        found: FloatArray = held[np.concatenate(nearest)]
        return found

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
