"""Recovery: which true features were learned, merged or split, and what else was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.chance import chance_bound
from featuretopo.similarity.nearest import best_matches, nearest_others
from featuretopo.similarity.rows import FloatArray, IntArray, Rows, unit_rows

_ONE_FEATURE = "1 true feature has no other to be told from; give at least 2 rows of truth"
_RESOLUTION = 1e-6  # chord distances between float32 directions are known no better


@dataclass(frozen=True, slots=True, eq=False)
class NearestNeighbourTest:
    """Which true features pass the nearest-neighbour test.

    Attributes
    ----------
    best : ndarray of int, shape (n_truth,)
        The learned feature nearest to each true feature.
    cosine : ndarray, shape (n_truth,)
        Cosine to it.
    passed : ndarray of bool, shape (n_truth,)
        Whether it is nearer to the true feature than the nearest other true feature is.
    merged : ndarray of int, shape (n_merged,)
        Learned features that are the best of two or more true features, ascending.
    """

    best: IntArray
    cosine: FloatArray
    passed: npt.NDArray[np.bool_]
    merged: IntArray

    @property
    def pass_share(self) -> float:
        """Share of true features that pass."""
        return float(self.passed.mean())

    @property
    def own(self) -> IntArray:
        """A learned feature of each true feature's own, shape (n_truth,); -1 where it has none.

        The best of several true features belongs to the one that it is most like.
        """
        order = np.lexsort((-self.cosine, self.best))
        first = order[np.diff(self.best[order], prepend=-1) > 0]
        own = np.full(len(self.best), -1)
        own[first] = self.best[first]
        return own


def nearest_neighbour_test(truth: Rows, learned: Rows) -> NearestNeighbourTest:
    """Test each true feature x: is its best learned feature nearer to x than any other truth is?

    A cosine of .9 means recovery among random directions and nothing inside a tight cluster,
    whose members are that alike themselves; this test asks for the feature and not for its
    neighbourhood. Nearer is by chord distance, strictly; a true feature with an exact duplicate
    cannot pass.

    Parameters
    ----------
    truth : Dictionary or array_like, shape (n_truth, d)
        True features as rows, at least 2, in the space of `learned`.
    learned : Dictionary or array_like, shape (n_learned, d)
        Learned features as rows.

    Raises
    ------
    FeaturetopoError
        If there are fewer than 2 true features, the dimensions differ, or a row has no
        direction.

    Examples
    --------
    >>> truth = [[1.0, 0.0, 0.0], [1.0, 0.1, 0.0], [0.0, 0.0, 1.0]]
    >>> found = nearest_neighbour_test(truth, [[1.0, 0.05, 0.0], [0.0, 0.3, 1.0]])
    >>> found.passed.tolist(), found.merged.tolist(), found.own.tolist()
    ([True, True, True], [0], [-1, 0, 1])
    """
    best = best_matches(truth, learned)
    if len(best.b_of_a) < 2:
        raise FeaturetopoError(_ONE_FEATURE)
    x = _precise(truth, slice(None))
    to_best = _chord(x, _precise(learned, best.b_of_a))
    to_other = _chord(x, x[nearest_others(truth)])
    times = np.bincount(best.b_of_a)
    return NearestNeighbourTest(
        best.b_of_a, best.cosine_of_a, to_best + _RESOLUTION < to_other, np.flatnonzero(times > 1)
    )


@dataclass(frozen=True, slots=True, eq=False)
class LatentOrigins:
    """Where every learned feature comes from: it is owned, mixed or spurious.

    Attributes
    ----------
    owner : ndarray of int, shape (n_learned,)
        The true feature that it is nearest to, if it is nearer than that feature's nearest other
        true feature is, and it is not spurious; -1 otherwise.
    mixed : ndarray of int
        Learned features without an owner that are still nearer to some true feature than chance
        brings them: between features that are near each other. (A blend of features that are not
        is owned by the nearest: nothing else is nearer.)
    spurious : ndarray of int
        Learned features that are like no true feature more than random directions are: no cosine
        above the one that a single pair of as many random directions is expected to pass.
    split : ndarray of int
        True features that own two or more learned ones, ascending.
    """

    owner: IntArray
    mixed: IntArray
    spurious: IntArray
    split: IntArray


def latent_origins(truth: Rows, learned: Rows) -> LatentOrigins:
    """Ask of every learned feature which true feature it comes from, if any.

    Parameters
    ----------
    truth : Dictionary or array_like, shape (n_truth, d)
        True features as rows, at least 2, in the space of `learned`, d at least 2.
    learned : Dictionary or array_like, shape (n_learned, d)
        Learned features as rows.

    Raises
    ------
    FeaturetopoError
        As :func:`nearest_neighbour_test`, or if d is 1.

    Examples
    --------
    >>> truth = np.eye(50)[:2]
    >>> learned = [truth[0], truth[0] + 0.1 * truth[1], truth[0] + truth[1], np.eye(50)[9]]
    >>> found = latent_origins(truth, np.array(learned) * [[1], [1], [-1], [1]])
    >>> found.owner.tolist(), found.spurious.tolist(), found.split.tolist()
    ([0, 0, -1, -1], [2, 3], [0])
    """
    best = best_matches(truth, learned)
    n_truth, n_learned = len(best.b_of_a), len(best.a_of_b)
    if n_truth < 2:
        raise FeaturetopoError(_ONE_FEATURE)
    x, nearest = _precise(truth, slice(None)), best.a_of_b
    apart = _chord(x, x[nearest_others(truth)])
    like_chance = best.cosine_of_b <= chance_bound(n_truth * n_learned, best.d)
    nearer = _chord(_precise(learned, slice(None)), x[nearest]) + _RESOLUTION < apart[nearest]
    owned = nearer & ~like_chance
    return LatentOrigins(
        np.where(owned, nearest, -1),
        mixed=np.flatnonzero(~owned & ~like_chance),
        spurious=np.flatnonzero(like_chance),
        split=np.flatnonzero(np.bincount(nearest[owned], minlength=n_truth) > 1),
    )


def absorbed_children(truth: Rows, learned: Rows, parents: npt.ArrayLike) -> IntArray:
    """True features whose best latent has taken in their parent.

    Where a child never fires without its parent, an SAE can learn one latent for both together,
    and the parent's own latent falls silent there: feature absorption. A child is absorbed if its
    best latent is nearer to the sum of both directions than to the child.

    Parameters
    ----------
    truth : Dictionary or array_like, shape (n_truth, d)
    learned : Dictionary or array_like, shape (n_learned, d)
    parents : array_like of int, shape (n_truth,)
        Row of each feature's parent, -1 where it has none.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, a row has no direction, or there is not one parent per feature.

    Notes
    -----
    Source of the notion: Chanin et al., "A is for absorption" (2024).

    Examples
    --------
    >>> truth = np.eye(4)[:3]
    >>> absorbed_children(truth, [truth[0], truth[0] + truth[1], truth[2]], [-1, 0, 0]).tolist()
    [1]
    """
    x = _precise(truth, slice(None))
    parent = np.asarray(parents)
    if parent.shape != (len(x),) or not np.issubdtype(parent.dtype, np.integer):
        raise FeaturetopoError(
            f"parents of shape {parent.shape} and type {parent.dtype} for {len(x)} features: give "
            "each one's row as a whole number, or -1"
        )
    wrong = np.flatnonzero((parent < -1) | (parent >= len(x)))
    if len(wrong):
        raise FeaturetopoError(
            f"parent {parent[wrong[0]]} of feature {wrong[0]} must be -1 or a row below {len(x)}"
        )
    child = np.flatnonzero(parent >= 0)
    length = np.linalg.norm(x[child] + x[parent[child]], axis=1)
    child, length = child[length > 0], length[length > 0]  # opposites leave nothing together
    both = (x[child] + x[parent[child]]) / length[:, None]
    latent = _precise(learned, best_matches(truth, learned).b_of_a[child])
    absorbed: IntArray = child[_chord(latent, both) + _RESOLUTION < _chord(latent, x[child])]
    return absorbed


def _precise(x: Rows, index: Any) -> FloatArray:
    rows: FloatArray = unit_rows(x, "features")[index].astype(np.float64)
    return rows


def _chord(x: FloatArray, y: FloatArray) -> FloatArray:
    # sqrt(2 - 2 cos) would lose everything under 3e-4 in float32; the difference does not
    distance: FloatArray = np.linalg.norm(x - y, axis=1)
    return distance
