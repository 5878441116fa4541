"""Candidates: the pairs of features that are alike enough to be matched, and no others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import FloatArray, IntArray

MOST = 50_000_000  # pairs: some 4 GB while they are put in order
_BLOCK = 1024
_DENSE = 2**22  # up to so many places, the dense solver is the faster one


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs whose score lies above a bound, row by row.

    Attributes
    ----------
    rows, columns : ndarray of int, shape (m,)
    scores : ndarray, shape (m,)
    sizes : tuple of int
        Number of features on each side.
    """

    rows: IntArray
    columns: IntArray
    scores: FloatArray
    sizes: tuple[int, int]

    def best(self, rows: IntArray, columns: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
        """Find each row's best column and its score, and each column's best row, among those left.

        Parameters
        ----------
        rows, columns : ndarray of int
            Ascending. The answers are places in them, -1 (and a score of -inf) where none is left.
        """
        place_a, place_b = (np.full(n, -1) for n in self.sizes)
        place_a[rows], place_b[columns] = np.arange(len(rows)), np.arange(len(columns))
        i, j = place_a[self.rows], place_b[self.columns]
        left = (i >= 0) & (j >= 0)
        i, j, scores = i[left], j[left], self.scores[left]
        nearest, score = np.full(len(rows), -1), np.full(len(rows), -np.inf)
        back = np.full(len(columns), -1)
        # ascending, and of equals the first last: the last that is written is the best
        order = np.lexsort((-j, -i, scores))
        nearest[i[order]], score[i[order]] = j[order], scores[order]
        back[j[order]] = i[order]
        return nearest, score, back


def cosines_above(u: FloatArray, v: FloatArray, least: float) -> Candidates:
    """List all pairs of unit rows with a cosine above `least`; the matrix is never stored.

    Raises
    ------
    FeaturetopoError
        If there are more than 50 million.
    """
    rows: list[IntArray] = [np.empty(0, np.int64)]
    columns: list[IntArray] = [np.empty(0, np.int64)]
    scores: list[FloatArray] = [np.empty(0)]
    count = 0
    for i in range(0, len(u), _BLOCK):
        for j in range(0, len(v), _BLOCK):
            cos = u[i : i + _BLOCK] @ v[j : j + _BLOCK].T
            flat = np.flatnonzero(cos > least)
            row, column = np.divmod(flat, cos.shape[1])
            rows.append(row + i)
            columns.append(column + j)
            scores.append(np.minimum(cos.ravel()[flat], 1.0))
            count += len(flat)
            if count > MOST:
                raise FeaturetopoError(
                    f"more than {MOST:,} pairs of features have a cosine above {least}: too many "
                    "to choose among; raise the bound, or match by 'greedy', which lists none"
                )
    all_rows, all_columns = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((all_columns, all_rows))
    return Candidates(
        all_rows[order], all_columns[order], np.concatenate(scores)[order], (len(u), len(v))
    )


def most_in_total(found: Candidates, least: float) -> IntArray:
    """Choose candidates one to one, with the largest total of score - least.

    Parts of the graph of candidates that have no feature in common are solved apart.

    Returns
    -------
    ndarray of int
        Which of the candidates, in ascending order.
    """
    n_a, n_b = found.sizes
    gain = found.scores - least
    graph = sparse.coo_array(
        (np.ones(len(gain), bool), (found.rows, found.columns + n_a)), (n_a + n_b, n_a + n_b)
    )
    _, part = connected_components(graph, directed=False)
    by_part = np.argsort(part[found.rows], kind="stable")
    bounds = np.flatnonzero(np.diff(part[found.rows[by_part]])) + 1
    chosen = [_solve(found, gain, places) for places in np.split(by_part, bounds) if len(places)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))


def _solve(found: Candidates, gain: FloatArray, places: IntArray) -> IntArray:
    """Solve one part: which of its candidates are chosen."""
    if len(places) == 1:
        return places
    rows, i = np.unique(found.rows[places], return_inverse=True)
    columns, j = np.unique(found.columns[places], return_inverse=True)
    value = gain[places]
    shape = (len(rows), len(columns))
    if shape[0] * shape[1] <= _DENSE:
        dense = np.zeros(shape)
        dense[i, j] = value
        picked = linear_sum_assignment(dense, maximize=True)
    else:
        picked = _sparsely(i, j, value, shape)
    place = sparse.csr_array((np.arange(1, len(places) + 1), (i, j)), shape)
    at = np.asarray(place[picked]).ravel()  # 0 where no candidate stands
    chosen: IntArray = places[at[at > 0] - 1]
    return chosen


def _sparsely(
    i: IntArray, j: IntArray, value: FloatArray, shape: tuple[int, int]
) -> tuple[IntArray, IntArray]:
    """Largest total, where every feature may also stay alone.

    Each feature gets a stand-in that it may be matched with for nothing; two stand-ins are
    matched wherever the two features are. All complete matchings then have as many pairs, so that a
    constant, which makes costs positive as the solver wants them, changes nothing.
    """
    n_a, n_b = shape
    most = 2 * value.max() + 1
    full = sparse.block_array(
        [
            [
                sparse.coo_array((most - value, (i, j)), shape),
                sparse.diags_array(np.full(n_a, most)),
            ],
            [
                sparse.diags_array(np.full(n_b, most)),
                sparse.coo_array((np.full(len(i), most), (j, i)), (n_b, n_a)),
            ],
        ]
    )
    row, column = min_weight_full_bipartite_matching(full.tocsr())
    real = (row < n_a) & (column < n_b)
    return row[real], column[real]
