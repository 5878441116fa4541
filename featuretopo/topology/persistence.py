"""Persistent homology of a dictionary: H0 exact, H1 and above exact up to the noise floor."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.diagram import Diagram, FloatArray
from featuretopo.topology.engines import engine as find_engine
from featuretopo.topology.pairs import Edges, walk_pairs
from featuretopo.topology.spanning import spanning_tree

# sparse Rips beyond this many edges takes minutes and gigabytes
_MOST_EDGES = 2_000_000


def persistence(
    x: Dictionary | npt.ArrayLike,
    max_dim: int = 1,
    metric: Literal["chord", "precomputed"] = "chord",
    *,
    coeff: int = 2,
    max_scale: float | Literal["floor"] = "floor",
    engine: str = "auto",
) -> Diagram:
    """Vietoris-Rips persistent homology; the scale is the edge length.

    Parameters
    ----------
    x : Dictionary or array_like
        Features as rows; for ``metric="precomputed"`` a symmetric (n, n) matrix of distances.
    max_dim : int
        Highest homology dimension.
    metric : {"chord", "precomputed"}
        Chord is sqrt(2 - 2 cos).
    coeff : int
        Characteristic of the coefficient field, a prime.
    max_scale : float or "floor"
        The cut. "floor": the chord distance at which random directions of the same n and d
        begin to touch (:func:`featuretopo.noise_floor`). Dimension 0 is exact at every scale.
    engine : {"auto", "ripser", "gudhi", "giotto"}
        What computes dimensions >= 1; "auto" is ripser.

    Returns
    -------
    Diagram

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, a matrix is no distance matrix, or the graph under
        `max_scale` has more than two million edges.

    Examples
    --------
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> persistence(circle, max_scale=2).bars[1].round(6)
    array([[0.517638, 1.732051]])
    """
    if max_dim < 0:
        raise FeaturetopoError(f"max_dim={max_dim} must be at least 0; 1 finds loops")
    if coeff < 2 or any(coeff % q == 0 for q in range(2, int(coeff**0.5) + 1)):
        raise FeaturetopoError(f"coeff={coeff} must be a prime: 2, 3, 5, 7, 11, ...")
    name = "ripser" if engine == "auto" else engine
    compute = find_engine(name)
    if metric == "chord":
        unit = (x if isinstance(x, Dictionary) else Dictionary(x)).unit
        cut = noise_floor(*unit.shape) if max_scale == "floor" else _number(max_scale)
        walk = walk_pairs(unit, cut)
        tree, edges = spanning_tree(unit, walk), walk.edges
    elif metric == "precomputed":
        if max_scale == "floor":
            raise FeaturetopoError(
                "max_scale='floor' is for directions; give a number (or inf) for a matrix"
            )
        cut = _number(max_scale)
        tree, edges = _from_matrix(x, cut)
    else:
        raise FeaturetopoError(f"metric={metric!r} must be 'chord' or 'precomputed'")
    if len(edges.pairs) > _MOST_EDGES and max_dim > 0:
        raise FeaturetopoError(
            f"{len(edges.pairs):,} pairs lie within max_scale={cut:.4g}; at most {_MOST_EDGES:,} "
            "are taken: lower max_scale or take fewer features"
        )
    bars, censored = [component_bars(tree)], [np.zeros(tree.n, bool)]
    if max_dim > 0:
        for found in compute(edges, max_dim, coeff)[1:]:
            longest = np.argsort(found[:, 0] - found[:, 1], kind="stable")
            bars.append(found[longest])
            # nothing but the cut keeps a loop from being filled
            censored.append(np.isinf(found[longest, 1]))
    return Diagram(tuple(bars), tuple(censored), cut, metric, coeff, tree.n, name)


def _number(max_scale: float) -> float:
    if isinstance(max_scale, str) or not max_scale > 0:
        raise FeaturetopoError(f"max_scale={max_scale!r} must be positive, or 'floor', or inf")
    return float(max_scale)


def component_bars(tree: Edges) -> FloatArray:
    """Bars of H0: one to each edge of the spanning tree, and one that never dies."""
    deaths = np.append(tree.lengths, np.inf)[::-1]
    return np.column_stack([np.zeros(len(deaths)), deaths])


def _from_matrix(x: Dictionary | npt.ArrayLike, cut: float) -> tuple[Edges, Edges]:
    if isinstance(x, Dictionary):
        raise FeaturetopoError("metric='precomputed' takes a matrix of distances, not a Dictionary")
    matrix = np.asarray(x, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise FeaturetopoError(f"a distance matrix of shape {matrix.shape} must be square, n >= 2")
    if not np.isfinite(matrix).all() or (matrix < 0).any() or matrix.diagonal().any():
        raise FeaturetopoError("distances must be finite and >= 0, with zeros on the diagonal")
    if not np.allclose(matrix, matrix.T):
        raise FeaturetopoError(
            "the distance matrix is not symmetric; average it with its transpose"
        )
    from scipy.sparse.csgraph import minimum_spanning_tree

    i, j = np.triu_indices(len(matrix), 1)
    lengths = matrix[i, j]
    # scipy reads a zero as "no edge"; shifting by one keeps the order of the edges
    shifted = np.triu(matrix + 1, 1)
    rows, columns = minimum_spanning_tree(shifted).nonzero()
    pairs = np.sort(np.column_stack([rows, columns]), axis=1)
    tree = matrix[pairs[:, 0], pairs[:, 1]]
    rank = np.argsort(tree, kind="stable")
    near = lengths <= cut
    return (
        Edges(pairs[rank], tree[rank], len(matrix)),
        Edges(np.column_stack([i, j])[near], lengths[near], len(matrix)),
    )
