"""One UMAP picture of several dictionaries, with how faithful it is to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.diagram import FloatArray, IntArray
from featuretopo.topology.embedding import Embedding, embedding_of
from featuretopo.topology.umap_layout import check_size, fuzzy_graph, place

_BOND = 3.0  # partners pull thrice as often as the nearest neighbours: with 1, few end up close


@dataclass(frozen=True, slots=True, eq=False)
class SharedEmbedding:
    """Several dictionaries in one plane. For the eye: nothing is measured of them on it.

    Attributes
    ----------
    names : tuple of str
        What each dictionary is called.
    dictionaries : tuple of Dictionary
        With the labels and names of their features.
    parts : tuple of Embedding
        Places of each dictionary's features, all in one plane, and how faithful they are to it
        alone: its own neighbours, its own part of the picture.
    trustworthiness, neighbour_preservation : float
        Of the whole picture: of a joint one to all features together; of an aligned one the means
        over all features of what the parts say, since there is no distance between dictionaries.
    matchings : tuple of ndarray of int, shape (n_pairs, 2)
        Partners of each dictionary and the next; empty for a joint picture.
    """

    names: tuple[str, ...]
    dictionaries: tuple[Dictionary, ...]
    parts: tuple[Embedding, ...]
    trustworthiness: float
    neighbour_preservation: float
    matchings: tuple[IntArray, ...] = ()

    @property
    def xy(self) -> FloatArray:
        """All places, shape (n_all_features, 2), dictionary after dictionary."""
        return np.concatenate([part.xy for part in self.parts])


def joint_umap(
    dictionaries: Sequence[Dictionary | npt.ArrayLike],
    *,
    names: Sequence[str] | None = None,
    n_neighbors: int = 15,
    rng: RngLike = None,
) -> SharedEmbedding:
    """Draw several dictionaries of one space into one UMAP picture, as if they were one.

    A feature's neighbours are the nearest of all dictionaries, by chord: what two of them share
    lies together, and what one has alone lies apart.

    Source: McInnes, Healy and Melville 2018; laid out by umap-learn.

    Parameters
    ----------
    dictionaries : sequence of Dictionary or array_like
        At least 2, of one dimension, at least 4 features each.
    names : sequence of str, optional
        What they are called. Default: ``"1"``, ``"2"``, ...
    n_neighbors : int
        Neighbours that each feature is tied to, itself included, at least 2. Where there are
        fewer features, all are neighbours.
    rng : int, Generator or None
        Same seed, same picture.

    Returns
    -------
    SharedEmbedding

    Raises
    ------
    FeaturetopoError
        With one dictionary alone, or dictionaries of different dimensions, or too few features.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> x = GroundTruth([Blobs(3, 20, spread=0.3)], d=16, rng=0).dictionary
    >>> found = joint_umap([x, x.take(range(40))], names=["truth", "SAE"], rng=0)
    >>> [part.xy.shape for part in found.parts]
    [(60, 2), (40, 2)]
    """
    sides = _dictionaries(dictionaries)
    called = _called(sides, names)
    widths = sorted({x.d for x in sides})
    if len(widths) > 1:
        raise FeaturetopoError(
            f"dictionaries of {', '.join(map(str, widths))} dimensions have no common neighbours; "
            "give aligned_umap a matching of their features, or align them first"
        )
    for x in sides:
        check_size(x, n_neighbors)
    everything = Dictionary(np.concatenate([x.vectors for x in sides]))
    seed = child_seed(seed_of(rng), "joint umap")
    xy = place(fuzzy_graph(everything, n_neighbors), everything.unit, 2, seed)
    whole = embedding_of(everything, xy, n_neighbors)
    return SharedEmbedding(
        called,
        sides,
        _parts(sides, xy, n_neighbors),
        whole.trustworthiness,
        whole.neighbour_preservation,
    )


def aligned_umap(
    dictionaries: Sequence[Dictionary | npt.ArrayLike],
    matchings: Sequence[npt.ArrayLike],
    *,
    names: Sequence[str] | None = None,
    n_neighbors: int = 15,
    rng: RngLike = None,
) -> SharedEmbedding:
    """Draw several dictionaries over each other, matched features close together.

    Each dictionary has its own graph of neighbours, so dimensions may differ. Partners are tied
    besides, thrice as strongly as a feature and its nearest neighbour, and the graphs so joined
    are laid out as one. Nearness of two features of different dictionaries says that they, or
    features around them, were given as partners: it is put in, not found.

    Source: the idea is that of umap-learn's AlignedUMAP, which has layouts of its own side by
    side, pulled together, and searches for neighbours again.

    Parameters
    ----------
    dictionaries : sequence of Dictionary or array_like
        At least 2, at least 4 features each, of any dimensions.
    matchings : sequence of array_like of int, shape (n_pairs, 2)
        Of each dictionary and the next: a row of the one, a row of the other. No row twice; not
        every row needs a partner.
    names : sequence of str, optional
        What they are called. Default: ``"1"``, ``"2"``, ...
    n_neighbors : int
        Neighbours that each feature is tied to in its dictionary, itself included, at least 2.
        Where there are fewer features, all are neighbours.
    rng : int, Generator or None
        Same seed, same picture.

    Returns
    -------
    SharedEmbedding

    Raises
    ------
    FeaturetopoError
        With one dictionary alone, or too few features, or if a matching is empty, out of range or
        names a row twice.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> x, y = (GroundTruth([Blobs(3, 20)], d=d, rng=0).dictionary for d in (16, 24))
    >>> found = aligned_umap([x, y], [[(i, i) for i in range(60)]], rng=0)
    >>> apart = np.linalg.norm(found.parts[0].xy - found.parts[1].xy, axis=1)
    >>> bool(np.median(apart) < 0.1 * np.ptp(found.xy))
    True
    """
    sides = _dictionaries(dictionaries)
    called = _called(sides, names)
    if not isinstance(matchings, Sequence | np.ndarray):
        raise FeaturetopoError(
            f"matchings are a {type(matchings).__name__}; give a list with one of each dictionary "
            "and the next, pairs of rows"
        )
    if len(matchings) != len(sides) - 1:
        raise FeaturetopoError(
            f"{len(matchings)} matchings for {len(sides)} dictionaries: give "
            f"{len(sides) - 1}, one of each dictionary and the next"
        )
    pairs = tuple(
        _checked(matching, sides[i], sides[i + 1], called[i : i + 2])
        for i, matching in enumerate(matchings)
    )
    graphs = [fuzzy_graph(x, n_neighbors) for x in sides]
    starts = np.cumsum([0, *map(len, sides)])
    n = int(starts[-1])
    i, j = np.concatenate([rows + starts[turn : turn + 2] for turn, rows in enumerate(pairs)]).T
    half = sparse.coo_matrix((np.full(len(i), _BOND, np.float32), (i, j)), shape=(n, n))
    graph = (sparse.block_diag(graphs) + half + half.T).tocsr()
    seed = child_seed(seed_of(rng), "aligned umap")
    xy = place(graph, _in_one_space(sides, pairs, graph), 2, seed)
    parts = _parts(sides, xy, n_neighbors)
    sizes = np.diff(starts)
    return SharedEmbedding(
        called,
        sides,
        parts,
        float(np.average([part.trustworthiness for part in parts], weights=sizes)),
        float(np.average([part.neighbour_preservation for part in parts], weights=sizes)),
        pairs,
    )


def _dictionaries(given: Sequence[Dictionary | npt.ArrayLike]) -> tuple[Dictionary, ...]:
    if isinstance(given, Dictionary) or not isinstance(given, Iterable):
        raise FeaturetopoError(
            f"dictionaries are a {type(given).__name__}; give a list of at least 2"
        )
    return tuple(map(as_dictionary, given))


def _called(dictionaries: Sequence[Dictionary], names: Sequence[str] | None) -> tuple[str, ...]:
    count = len(dictionaries)
    if count < 2:
        raise FeaturetopoError(f"{count} dictionaries: give at least 2, or call umap for one")
    called = tuple(map(str, range(1, count + 1) if names is None else names))
    if len(called) != count or len(set(called)) != count:
        raise FeaturetopoError(
            f"names={list(called)} for {count} dictionaries: give each a name of its own"
        )
    return called


def _checked(
    matching: npt.ArrayLike, one: Dictionary, other: Dictionary, names: Sequence[str]
) -> IntArray:
    between = f"matching of {names[0]!r} and {names[1]!r}"
    try:
        rows = np.asarray(matching)
    except ValueError as error:
        raise FeaturetopoError(
            f"{between} holds rows of unequal length: give pairs of rows"
        ) from error
    if rows.ndim != 2 or rows.shape[1] != 2 or not len(rows) or rows.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"{between}: {rows.dtype} of shape {rows.shape} must be integers of shape "
            "(n_pairs, 2), at least one pair"
        )
    for x, side, name in zip((one, other), rows.T, names, strict=True):
        if side.min() < 0 or side.max() >= len(x):
            wrong = int(side.min() if side.min() < 0 else side.max())
            raise FeaturetopoError(
                f"{between}: there is no row {wrong} of {name!r}; its rows are 0 to {len(x) - 1}"
            )
        found, times = np.unique(side, return_counts=True)
        if times.max() > 1:
            raise FeaturetopoError(
                f"{between}: row {int(found[times.argmax()])} of {name!r} has {int(times.max())} "
                "partners; give each row one, such as the best"
            )
    return rows.astype(np.int64)


def _parts(
    dictionaries: Sequence[Dictionary], xy: FloatArray, n_neighbors: int
) -> tuple[Embedding, ...]:
    ends = np.cumsum([len(x) for x in dictionaries])[:-1]
    pieces = np.split(xy, ends)
    return tuple(
        embedding_of(x, piece, n_neighbors) for x, piece in zip(dictionaries, pieces, strict=True)
    )


def _in_one_space(
    dictionaries: Sequence[Dictionary], pairs: Sequence[IntArray], graph: object
) -> FloatArray:
    """Turn each dictionary onto the one before so that partners meet, as well as they may.

    Asked for only where the graph is in several pieces, to set them beside each other.
    """
    if connected_components(graph, directed=False)[0] == 1:
        return np.concatenate([np.zeros((len(x), 1), np.float32) for x in dictionaries])
    turned = [dictionaries[0].unit]
    for x, rows in zip(dictionaries[1:], pairs, strict=True):
        # orthogonal Procrustes, between spaces of any two dimensions
        u, _, vt = np.linalg.svd(x.unit[rows[:, 1]].T @ turned[-1][rows[:, 0]], full_matrices=False)
        turned.append(x.unit @ (u @ vt))
    return np.concatenate(turned)
