"""Feature families: who fires in whose company, from dense features down to sparse ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import minimum_spanning_tree

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.cooccurrence.affinity import Affinity, Pairs, joined, pairs_above
from featuretopo.topology.cooccurrence.counts import PairCounts, pair_counts

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

#: Chance that features which all fire independently give a single edge, at most.
LEVEL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class FeatureFamily:
    """A root and all that descends from it.

    Attributes
    ----------
    members : ndarray of int, shape (size,)
        Features depth first, the root before all others, of siblings the denser before the sparser.
    depths : ndarray of int, shape (size,)
        Generations between the root and each member.
    names : tuple of str
        What the members are called.
    labels : tuple of str
        Group of each member in the dictionary, "" for none.
    """

    members: IntArray
    depths: IntArray
    names: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def root(self) -> int:
        """The feature that all others descend from."""
        return int(self.members[0])

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.members)

    @property
    def depth(self) -> int:
        """Generations below the root."""
        return int(self.depths.max())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FeatureForest:
    """Each feature below the denser one whose company it keeps most.

    Attributes
    ----------
    parents : ndarray of int, shape (n_features,)
        Parent of each feature, -1 where it has none.
    affinities : ndarray, shape (n_features,)
        Affinity of each feature to its parent, NaN where it has none.
    overlaps : ndarray, shape (n_features,)
        Share of each feature's samples in which its parent fires as well, NaN where it has none.
    frequencies : ndarray, shape (n_features,)
        Share of all samples in which each feature fires.
    names : tuple of str
        Of the features.
    labels : tuple of str
        Group of each feature in the dictionary, "" for none.
    """

    parents: IntArray
    affinities: FloatArray
    overlaps: FloatArray
    frequencies: FloatArray
    names: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def roots(self) -> IntArray:
        """Features without a parent that are one, ascending."""
        has_children = np.isin(np.arange(len(self.parents)), self.parents)
        return np.flatnonzero(has_children & (self.parents < 0))

    @property
    def families(self) -> tuple[FeatureFamily, ...]:
        """Every root with its descendants, largest first."""
        children: dict[int, list[int]] = {}
        # densest first, then by number
        for child in np.argsort(-self.frequencies, kind="stable").tolist():
            children.setdefault(int(self.parents[child]), []).append(child)
        found = [self._family(root, children) for root in self.roots.tolist()]
        return tuple(sorted(found, key=lambda family: -family.size))

    def _family(self, root: int, children: dict[int, list[int]]) -> FeatureFamily:
        members, depths = [], []
        waiting = [(root, 0)]
        while waiting:
            feature, depth = waiting.pop()
            members.append(feature)
            depths.append(depth)
            waiting += [(child, depth + 1) for child in reversed(children.get(feature, []))]
        return FeatureFamily(
            np.array(members, np.int64),
            np.array(depths, np.int64),
            tuple(self.names[row] for row in members),
            tuple(self.labels[row] for row in members),
        )

    def to_networkx(self) -> nx.DiGraph:
        """Return the families as a graph with edges from parent to child.

        Nodes are row numbers with ``name``, ``label``, ``frequency``, ``family`` (its root) and
        ``depth``; edges have ``affinity`` and ``overlap``.
        """
        graph = nx.DiGraph()
        for family in self.families:
            for row, depth in zip(family.members.tolist(), family.depths.tolist(), strict=True):
                graph.add_node(
                    row,
                    name=self.names[row],
                    label=self.labels[row],
                    frequency=float(self.frequencies[row]),
                    family=family.root,
                    depth=depth,
                )
                if depth:
                    graph.add_edge(
                        int(self.parents[row]),
                        row,
                        affinity=float(self.affinities[row]),
                        overlap=float(self.overlaps[row]),
                    )
        return graph

    def __repr__(self) -> str:
        found = self.families
        return (
            f"FeatureForest({len(self.parents):,} features, {len(found):,} families of "
            f"{sum(family.size for family in found):,} of them)"
        )


def families(
    codes: Any,
    *,
    dictionary: Dictionary | None = None,
    affinity: Affinity = "phi",
    threshold: float = 0.1,
    without: npt.ArrayLike = (),
) -> FeatureForest:
    """Feature families by co-occurrence: a maximum spanning forest, from dense to sparse.

    Two features may be tied if their affinity is above `threshold` and they fire together more
    often than independent features would: of all pairs, however many, not one is expected by chance
    in 95 of 100 data sets (:func:`beyond_chance`). Of these ties the maximum spanning forest is
    kept. Every tie goes from the feature that fires in more samples to the one that fires in fewer.
    A feature with two denser neighbours keeps the one with the larger affinity: there, the tree is
    cut, so that each family has one root.

    If firings form trees in which a child fires only where its parent does and, given the parent,
    independently of all others, phi multiplies along the paths, and the forest is those trees
    (Chow and Liu 1968), up to the accuracy of the counts.

    After O'Neill, Ye, Iyer and Wu (2024), Disentangling dense embeddings with sparse autoencoders.
    In their published code co-occurrence is divided by how often one of the two fires and cut at
    0.1, and families may share members. To take out the parents and look again, as they do, pass
    ``without=forest.roots``.

    Parameters
    ----------
    codes : PairCounts, or codes
        What :func:`pair_counts` gives, or takes.
    dictionary : Dictionary, optional
        Whose rows the features are: names and labels are taken from it.
    affinity : {"phi", "cosine", "jaccard", "dice", "overlap"}
        What is large between features that belong together.
    threshold : float
        In [0, 1).
    without : array_like of int
        Features that are left out.

    Returns
    -------
    FeatureForest

    Raises
    ------
    FeaturetopoError
        As :func:`pair_counts`; if an argument is out of range or the dictionary has another number
        of features.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> animal = rng.random(500) < 0.3
    >>> dog, cat = animal & (rng.random(500) < 0.4), animal & (rng.random(500) < 0.3)
    >>> x = Dictionary(np.eye(3), names=["dog", "animal", "cat"])
    >>> found = families(np.stack([dog, animal, cat], axis=1), dictionary=x)
    >>> [family.names for family in found.families], found.parents.tolist()
    ([('animal', 'dog', 'cat')], [1, -1, 1])
    """
    counts = codes if isinstance(codes, PairCounts) else pair_counts(codes)
    n = counts.n_features
    if dictionary is not None and not isinstance(dictionary, Dictionary):
        raise FeaturetopoError(
            f"dictionary is of type {type(dictionary).__name__}: give a Dictionary, whose names "
            "and labels are taken, or none"
        )
    if dictionary is not None and len(dictionary) != n:
        raise FeaturetopoError(
            f"codes of {n} features and a dictionary of {len(dictionary)}: give those of the same "
            "features"
        )
    tree = _forest(counts, affinity, threshold, _kept(without, n))
    parents, best = np.full(n, -1), np.full(n, np.nan)
    overlaps = np.full(n, np.nan)
    # the first of two that fire equally often is the parent
    i_first = counts.fired[tree.i] >= counts.fired[tree.j]
    parent, child = np.where(i_first, tree.i, tree.j), np.where(i_first, tree.j, tree.i)
    order = np.lexsort((-parent, tree.affinity))  # the best is written last
    parents[child[order]], best[child[order]] = parent[order], tree.affinity[order]
    overlaps[child[order]] = tree.together[order] / counts.fired[child[order]]
    names, labels = _called(dictionary, n)
    frequencies = counts.fired / counts.n_samples
    return FeatureForest(parents, best, overlaps, frequencies, names, labels)


def beyond_chance(counts: PairCounts, pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Tell which pairs fire together more often than independent features would.

    If they are, the chance that two fire together in k samples or more, where m < k are expected,
    is at most exp(-(k log(k / m) - k + m)). A pair passes where this, times the number of all pairs
    of features that fire, is at most .05.

    Source: Hoeffding, Journal of the American Statistical Association 58 (1963) 13, theorem 1 and
    section 6: the bound holds for draws without replacement, that is, whatever the two frequencies.
    """
    expected = counts.fired[pairs.i].astype(np.float64) * counts.fired[pairs.j] / counts.n_samples
    k = pairs.together
    evidence = k * np.log(k / expected) - k + expected
    live = int((counts.fired > 0).sum())
    more: npt.NDArray[np.bool_] = (k > expected) & (
        evidence >= np.log(live * (live - 1) / 2 / LEVEL)
    )
    return more


def _forest(
    counts: PairCounts, affinity: Affinity, threshold: float, kept: npt.NDArray[np.bool_]
) -> Pairs:
    """Grow the maximum spanning forest band by band: what one part drops, the whole drops too."""
    tree: Pairs | None = None
    for pairs in pairs_above(counts, affinity, threshold):
        some = pairs.take(kept[pairs.i] & kept[pairs.j])
        some = some.take(beyond_chance(counts, some))
        tree = _spanning(some if tree is None else joined([tree, some]), counts.n_features)
    assert tree is not None
    return tree


def _spanning(pairs: Pairs, n: int) -> Pairs:
    """Return the maximum spanning forest; of equal affinities, the earlier features go first."""
    rank = np.empty(len(pairs.i))
    rank[np.lexsort((pairs.j, pairs.i, -pairs.affinity))] = np.arange(1, len(rank) + 1)
    graph = sparse.csr_array((rank, (pairs.i, pairs.j)), (n, n))
    chosen = minimum_spanning_tree(graph).data.astype(np.int64)
    place = np.empty(len(rank) + 1, np.int64)
    place[rank.astype(np.int64)] = np.arange(len(rank))
    return pairs.take(place[np.sort(chosen)])


def _kept(without: npt.ArrayLike, n: int) -> npt.NDArray[np.bool_]:
    out = np.asarray(without)
    kept = np.ones(n, bool)
    if not out.size:
        return kept
    if out.ndim != 1 or out.dtype.kind not in "iu" or out.min() < 0 or out.max() >= n:
        raise FeaturetopoError(f"without={without!r} must be feature numbers from 0 to {n - 1}")
    kept[out] = False
    return kept


def _called(x: Dictionary | None, n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if x is None:
        return tuple(map(str, range(n))), ("",) * n
    return x.names, tuple("" if label < 0 else x.label_names[label] for label in x.labels.tolist())
