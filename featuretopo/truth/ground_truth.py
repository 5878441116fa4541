"""GroundTruth: shapes placed in R^d, and what topology to expect of each part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.random import RngLike, seed_of
from featuretopo.truth.expectation import Expected, expected, loop_birth
from featuretopo.truth.placement import Orthogonal, Placement, check_placement
from featuretopo.truth.points import FloatArray, IntArray
from featuretopo.truth.shape import Piece, Shape, check_shape


@dataclass(frozen=True, slots=True, eq=False)
class PlacedShape:
    """One piece of the ground truth: which features, and what is known of them.

    Attributes
    ----------
    name : str
        E.g. ``"blob 3"``, ``"circle of 24 (2)"``.
    kind : str
        E.g. ``"blob"``, ``"circle"``, ``"sphere"``.
    members : ndarray of int
        Rows of the ground truth's dictionary.
    betti, betti3 : tuple of int
        Betti numbers over Z/2 and over Z/3; empty where nobody knows.
    joint : bool
        Whether its features fire by the model's co-occurrence rule.
    expected : {"cluster", "loop", "nothing"}
        What can be seen of it below the noise floor in this placement.
    loop_birth : float
        Chord distance at which its loops close (nan without one).
    """

    name: str
    kind: str
    members: IntArray
    betti: tuple[int, ...]
    betti3: tuple[int, ...]
    joint: bool
    expected: Expected
    loop_birth: float

    @property
    def n_clusters(self) -> int | None:
        """In how many parts the sampled shape comes: its Betti number 0; None if unknown."""
        return self.betti[0] if self.betti else None


class GroundTruth:
    """Shapes of features placed in R^d.

    Parameters
    ----------
    shapes : sequence of Shape
        At least one.
    d : int
        Dimension of the space, at least 2.
    placement : Placement
        How the shapes lie to each other. Default: ``Orthogonal()``, at right angles while they fit
        into d, in random directions beyond (superposition).
    rng : int, Generator or None
        Seed of the placement.

    Attributes
    ----------
    dictionary : Dictionary
        All features; ``labels`` number the placed shapes, ``label_names`` name them.
    shapes : tuple of PlacedShape
        What is known of each part.
    parents : ndarray of int, shape (n_features,)
        Row of each feature's parent in a Tree, -1 for none.
    rows : ndarray of int, shape (n_features,)
        Rows of the whole truth that these features are; see :meth:`subset`.
    shape_names : tuple of str
        Names and kinds of the shapes of the whole truth, by which frequencies and rules are given.
    is_whole : bool
        Whether nothing has been left out of it.
    d : int
    recipe, placement, seed
        What it was made of.

    Raises
    ------
    FeaturetopoError
        Without shapes, with anything else among them, if one of them needs more directions than d
        has, or `d` or `placement` is none.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, Circle
    >>> truth = GroundTruth([Blobs(2, 6), Circle(12)], d=64, rng=0)
    >>> [shape.name for shape in truth.shapes]
    ['blob 1', 'blob 2', 'circle of 12']
    >>> truth.shapes[2].expected
    'loop'
    """

    def __init__(
        self,
        shapes: Sequence[Shape],
        d: int,
        *,
        placement: Placement | None = None,
        rng: RngLike = None,
    ) -> None:
        if not isinstance(shapes, Sequence):
            raise FeaturetopoError(f"shapes={shapes!r} must be a list: write [{shapes!r}]")
        for number, shape in enumerate(shapes):
            check_shape(f"shapes[{number}]", shape)
        if not shapes:
            raise FeaturetopoError("a ground truth needs at least one shape, e.g. Circle(12)")
        if not is_whole(d):
            raise FeaturetopoError(f"d={d!r} must be a whole number: the dimension of the space")
        if placement is not None:
            check_placement("placement", placement)
        needed = max(2, *(shape.frame_size for shape in shapes))
        if d < needed:
            raise FeaturetopoError(
                f"d={d} has no room for these shapes: one needs {needed} directions; raise d"
            )
        self.recipe = tuple(shapes)
        self.placement = placement or Orthogonal()
        self.seed = seed_of(rng)
        pieces = self.placement.place(self.recipe, d, self.seed)
        names = _numbered([piece.name for piece in pieces])
        n = sum(len(piece.vectors) for piece in pieces)
        self.is_whole = True
        kinds = dict.fromkeys(piece.kind for piece in pieces)
        self.shape_names = tuple(dict.fromkeys([*kinds, *names]))
        self._set(pieces, names, d, np.arange(n))

    def _set(self, pieces: Sequence[Piece], names: Sequence[str], d: int, rows: IntArray) -> None:
        sizes = [len(piece.vectors) for piece in pieces]
        starts = np.cumsum([0, *sizes])
        width = max(piece.coordinates.shape[1] for piece in pieces)
        self.d = d
        self.rows = rows
        self._pieces = tuple(pieces)
        self.parents = np.concatenate(
            [
                np.where(piece.parents >= 0, piece.parents + start, -1)
                for piece, start in zip(pieces, starts, strict=False)
            ]
        )
        self.dictionary = Dictionary(
            np.concatenate([piece.vectors for piece in pieces]),
            labels=np.repeat(np.arange(len(pieces)), sizes),
            names=[
                feature
                for name, piece in zip(names, pieces, strict=True)
                for feature in piece.names or [f"{name} #{i}" for i in range(len(piece.vectors))]
            ],
            coordinates=np.concatenate([_widened(piece.coordinates, width) for piece in pieces]),
            label_names=names,
        )
        floor = noise_floor(max(len(self.dictionary), 3), d)
        self.shapes = tuple(
            PlacedShape(
                name=name,
                kind=piece.kind,
                members=np.arange(start, start + size),
                betti=piece.betti,
                betti3=piece.betti3,
                joint=piece.joint,
                expected=expected(piece, floor),
                loop_birth=loop_birth(piece),
            )
            for piece, name, start, size in zip(pieces, names, starts, sizes, strict=False)
        )

    def subset(self, rows: npt.ArrayLike) -> GroundTruth:
        """Return the truth that holds only the features at `rows`.

        Names stay. Of a shape of which only a part is left, nobody knows the Betti numbers, and
        no loop is expected; a sphere is a sphere still. A child whose parent is gone has none.

        Parameters
        ----------
        rows : array_like of int
            Rows of this truth, in any order, none twice; at least two.

        Returns
        -------
        GroundTruth
            With ``rows`` counted in the whole truth.

        Raises
        ------
        FeaturetopoError
            If a row is not there or stands twice.

        Examples
        --------
        >>> from featuretopo.truth import Circle, Sphere
        >>> truth = GroundTruth([Circle(12), Sphere(20)], d=16, rng=0)
        >>> part = truth.subset([0, 1, 2, 12, 13])
        >>> [(shape.name, len(shape.members), shape.betti) for shape in part.shapes]
        [('circle of 12', 3, ()), ('uniform directions', 2, (2, 0))]
        """
        kept = np.asarray(rows)
        n = len(self.dictionary)
        if kept.ndim != 1 or not np.issubdtype(kept.dtype, np.integer):
            raise FeaturetopoError("rows must be a list of whole numbers; use np.flatnonzero(mask)")
        kept = np.sort(kept)
        if len(kept) and (kept[0] < 0 or kept[-1] >= n or (np.diff(kept) == 0).any()):
            raise FeaturetopoError(f"rows must lie in 0 to {n - 1}, none twice")
        if len(kept) < 2:
            raise FeaturetopoError(f"a truth of {len(kept)} features; needs at least 2")
        pieces, names = [], []
        for shape, piece in zip(self.shapes, self._pieces, strict=True):
            own = kept[(kept >= shape.members[0]) & (kept <= shape.members[-1])]
            if len(own):
                titles = [self.dictionary.names[i] for i in own]
                pieces.append(_part(piece, own - shape.members[0], titles))
                names.append(shape.name)
        part = object.__new__(GroundTruth)
        part.recipe, part.placement, part.seed = self.recipe, self.placement, self.seed
        part.shape_names = self.shape_names
        part.is_whole = self.is_whole and len(kept) == n
        part._set(pieces, names, self.d, self.rows[kept])
        return part

    def __repr__(self) -> str:
        counts = Counter(shape.kind for shape in self.shapes)
        parts = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        return f"GroundTruth({len(self.dictionary)} features in R^{self.d}: {parts})"


def _part(piece: Piece, rows: IntArray, names: Sequence[str]) -> Piece:
    """Return the features at `rows` of a piece."""
    whole = len(rows) == len(piece.vectors)
    place = np.full(len(piece.vectors), -1)
    place[rows] = np.arange(len(rows))
    above = piece.parents[rows]
    lone = (len(rows), 0) if piece.betti and not piece.joint else ()
    return replace(
        piece,
        vectors=piece.vectors[rows],
        coordinates=piece.coordinates[rows],
        betti=piece.betti if whole else lone,
        betti3=piece.betti3 if whole else lone,
        parents=np.where(above >= 0, place[above], -1),
        n_curves=piece.n_curves if whole else 0,
        names=tuple(names),
    )


def _widened(coordinates: FloatArray, width: int) -> FloatArray:
    missing = width - coordinates.shape[1]
    return np.pad(coordinates, ((0, 0), (0, missing)), constant_values=np.nan)


def _numbered(plain: Sequence[str]) -> list[str]:
    """Number the names that stand more than once: blob 1, blob 2; circle of 8 (1), ..."""
    total, seen = Counter(plain), Counter[str]()
    names = []
    for name in plain:
        seen[name] += 1
        number = f" ({seen[name]})" if name[-1].isdigit() else f" {seen[name]}"
        names.append(name if total[name] == 1 else name + number)
    return names
