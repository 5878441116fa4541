"""Edges among features that share a cell, each pair looked at once however many cells it shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from featuretopo.draws import over_draws
from featuretopo.topology.mapper.clusterer import HEAVY, IntArray, pairs_within
from featuretopo.topology.metric import cosine
from featuretopo.topology.pairs import ROUNDING, Edges, precise_chord

FloatArray = npt.NDArray[np.floating[Any]]

_BLOCK = 256
_FETCH = 16  # products of rows that take as long as fetching a row does


def edges_within_cells(
    unit: FloatArray, cells: Sequence[IntArray], eps: float, most: int
) -> Edges | None:
    """All edges up to `eps` among rows that share a cell.

    Rows that are in the same cells are an atom; each atom is multiplied once with those that it
    shares a cell with. Cubes that overlap by half have each pair in up to four.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
    cells : sequence of ndarray of int
    eps : float
    most : int

    Returns
    -------
    Edges or None
        None where cell by cell is the shorter way, or there are more than `most` edges.
    """
    atoms, later = _atoms(cells, len(unit))
    sizes = np.array([len(rows) for rows in atoms])
    seen = np.array([sizes[after].sum() for after in later])
    work = (sizes * (sizes // 2 + seen) + _FETCH * (sizes + seen)).sum()
    if work >= pairs_within(cells):
        return None
    least = float(cosine(eps)) - ROUNDING  # the exact cut comes after
    held = 0

    def near(place: int) -> IntArray:
        nonlocal held
        own = atoms[place]
        others = np.concatenate([own, *(atoms[after] for after in later[place])])
        found = [np.empty((0, 2), np.int64)]
        there = unit[others].T
        for start in range(0, len(own), _BLOCK):
            if held > most:  # all is in vain
                break
            cos = there[:, start : min(start + _BLOCK, len(own))].T @ there[:, start:]
            i, j = np.divmod(np.flatnonzero(cos >= least), cos.shape[1])
            once = i < j
            found.append(np.column_stack([own[start + i[once]], others[start + j[once]]]))
            held += len(found[-1])
        return np.concatenate(found)

    order = np.argsort(-sizes * (sizes // 2 + seen), kind="stable")
    listed = over_draws(lambda draw: near(order[draw]), len(atoms), heavy=int(work) > HEAVY)
    if held > most:
        return None
    pairs = np.sort(np.concatenate(listed), axis=1)
    lengths = precise_chord(unit, pairs)
    within = lengths <= eps
    return Edges(pairs[within], lengths[within], len(unit))


def _atoms(cells: Sequence[IntArray], n: int) -> tuple[list[IntArray], list[IntArray]]:
    """Rows of each atom, and the later atoms that share a cell with it."""
    cell = np.repeat(np.arange(len(cells)), [len(rows) for rows in cells])
    row = np.concatenate([*cells, np.empty(0, np.int64)])
    cell = cell[np.argsort(row, kind="stable")]  # row by row, cells ascending
    count = np.bincount(row, minlength=n)
    start = np.cumsum(count) - count
    atoms: list[IntArray] = []
    ends = []
    for size in np.unique(count[count > 0]).tolist():
        rows = np.flatnonzero(count == size)
        held, atom = np.unique(
            cell[start[rows][:, None] + np.arange(size)], axis=0, return_inverse=True
        )
        by_atom = np.argsort(atom.ravel(), kind="stable")
        atoms += np.split(rows[by_atom], np.cumsum(np.bincount(atom.ravel()))[:-1])
        ends.append(held)
    place = np.repeat(np.arange(len(atoms)), [held.shape[1] for held in ends for _ in held])
    shape = len(atoms), len(cells)
    flat = np.concatenate([*map(np.ravel, ends), np.empty(0, np.int64)])
    holds = sparse.csr_array((np.ones(len(place)), (place, flat)), shape)
    together = sparse.triu(holds @ holds.T, 1).tocsr()
    return atoms, np.split(together.indices, together.indptr[1:-1]) if len(atoms) else []
