"""Any scikit-learn clusterer within cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import IntArray


@dataclass(frozen=True, repr=False)
class SklearnClusterer:
    """An estimator with ``fit_predict``, cloned for each cell and given its unit vectors.

    Euclidean distance between unit vectors is chord distance. Negative labels are noise.

    Parameters
    ----------
    estimator : object
        Such as ``sklearn.cluster.AgglomerativeClustering(None, distance_threshold=0.9)``.
    least : int
        Cells of fewer features are noise: most estimators need a few.

    Raises
    ------
    FeaturetopoError
        If the estimator has no ``fit_predict``, `least` is no size, or a cell is refused by the
        estimator.

    Examples
    --------
    >>> from sklearn.cluster import DBSCAN
    >>> x = Dictionary([[1, 0], [1, 0.1], [0, 1]])
    >>> rule = SklearnClusterer(DBSCAN(eps=1.0, min_samples=2))
    >>> "eps=1.0, leaf_size=30, metric='euclidean'" in repr(rule)
    True
    >>> rule.labels(x, [np.array([0, 1, 2])])[0].tolist()
    [0, 0, -1]
    """

    estimator: Any
    least: int = 2

    less_noise: ClassVar[str] = "let the estimator leave out less, or lower least"
    finer: ClassVar[str] = "an estimator with finer clusters"

    def __post_init__(self) -> None:
        if isinstance(self.estimator, type):
            raise FeaturetopoError(
                f"estimator={self.estimator.__name__} is a class: call it, with what it needs"
            )
        if not callable(getattr(self.estimator, "fit_predict", None)):
            raise FeaturetopoError(
                f"{self.estimator!r} has no fit_predict; give a clusterer of scikit-learn's kind"
            )
        at_least(self, least=(self.least, 1))

    def __repr__(self) -> str:
        return f"SklearnClusterer({_in_full(self.estimator)}, least={self.least!r})"

    @property
    def fewest(self) -> int:
        """Features of a cell without which it has no cluster."""
        return self.least

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Cluster each cell, one after the other: an estimator may have threads of its own."""
        from sklearn.base import clone

        found = []
        for rows in cells:
            if len(rows) < self.least:
                found.append(np.full(len(rows), -1))
                continue
            try:
                labels = clone(self.estimator).fit_predict(x.unit[rows])
            except ValueError as error:
                raise FeaturetopoError(
                    f"{self.estimator!r} refuses a cell of {len(rows)} features ({error}); "
                    f"raise least={self.least} to leave out small cells"
                ) from error
            labels = np.asarray(labels)
            if labels.dtype.kind not in "biu":
                raise FeaturetopoError(
                    f"{self.estimator!r} gives labels of type {labels.dtype}: whole numbers are "
                    "needed, below 0 for noise"
                )
            found.append(np.maximum(labels.astype(np.int64), -1))
        return found


def _in_full(value: Any) -> str:
    """Write an estimator with all of its parameters: scikit-learn leaves out the usual ones."""
    if isinstance(value, np.generic):
        return repr(value.item())  # numpy tells its own type since 2
    if not hasattr(value, "get_params") or isinstance(value, type):
        from sklearn import config_context

        with config_context(print_changed_only=False):  # of estimators in a list
            return " ".join(repr(value).split())
    told = [f"{name}={_in_full(of)}" for name, of in value.get_params(deep=False).items()]
    return f"{type(value).__name__}({', '.join(told)})"
