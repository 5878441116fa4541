"""GroundTruth: shapes placed in R^d, and what topology to expect of each part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.truth.shape import Shape


@dataclass(frozen=True, slots=True, eq=False)
class PlacedShape:
    """One piece of the ground truth: which features, and what is known of them.

    Attributes
    ----------
    name : str
        E.g. ``"blob 3"``, ``"circle of 24 (2)"``.
    kind : str
        ``"blob"``, ``"circle"`` or ``"sphere"``.
    members : ndarray of int
        Rows of the ground truth's dictionary.
    betti : tuple of int
        Betti numbers over Z/2.
    joint : bool
        Whether its features fire by the model's co-occurrence rule.
    expected : {"cluster", "loop", "nothing"}
        What can be seen of it below the noise floor in this placement.
    loop_birth : float
        Chord distance at which its loop closes (nan without one).
    """

    name: str
    kind: str
    members: npt.NDArray[np.integer[Any]]
    betti: tuple[int, ...]
    joint: bool
    expected: str
    loop_birth: float


class GroundTruth:
    """Shapes of features placed in R^d.

    Every shape gets orthogonal directions of its own while they fit into d, random ones beyond
    (superposition).

    Parameters
    ----------
    shapes : sequence of Shape
        At least one.
    d : int
        Dimension of the space, at least 2.
    rng : int, Generator or None
        Seed of the placement.

    Attributes
    ----------
    dictionary : Dictionary
        All features; ``labels`` number the placed shapes, ``label_names`` name them.
    shapes : tuple of PlacedShape
        What is known of each part.
    d : int

    Raises
    ------
    FeaturetopoError
        Without shapes, or if one of them needs more directions than d has.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, Circle
    >>> truth = GroundTruth([Blobs(2, 6), Circle(12)], d=64, rng=0)
    >>> [shape.name for shape in truth.shapes]
    ['blob 1', 'blob 2', 'circle of 12']
    >>> truth.shapes[2].expected
    'loop'
    """

    def __init__(self, shapes: Sequence[Shape], d: int, *, rng: RngLike = None) -> None:
        if not shapes:
            raise FeaturetopoError("a ground truth needs at least one shape, e.g. Circle(12)")
        sizes = [shape.frame_size for shape in shapes]
        needed = max(2, *sizes)
        if d < needed:
            raise FeaturetopoError(
                f"d={d} has no room for these shapes: one needs {needed} directions; raise d"
            )
        seed = seed_of(rng)
        frames = _frames(sizes, d, stream(seed, "truth", "frames"))
        pieces = [
            piece
            for i, (shape, frame) in enumerate(zip(shapes, frames, strict=True))
            for piece in shape.place(frame, stream(seed, "truth", "shape", i))
        ]
        names = _names([_plain_name(p.kind, len(p.vectors)) for p in pieces])
        width = max(p.coordinates.shape[1] for p in pieces)
        sizes_of = [len(p.vectors) for p in pieces]
        self.d = d
        self.parents = np.full(sum(sizes_of), -1)
        self.dictionary = Dictionary(
            np.concatenate([p.vectors for p in pieces]),
            labels=np.repeat(np.arange(len(pieces)), sizes_of),
            names=[
                f"{name} #{i}" for name, m in zip(names, sizes_of, strict=True) for i in range(m)
            ],
            coordinates=np.concatenate(
                [
                    np.pad(
                        p.coordinates,
                        ((0, 0), (0, width - p.coordinates.shape[1])),
                        constant_values=np.nan,
                    )
                    for p in pieces
                ]
            ),
            label_names=names,
        )
        floor = noise_floor(max(len(self.dictionary), 3), d)
        starts = np.cumsum([0, *sizes_of])
        placed = []
        for i, (piece, name) in enumerate(zip(pieces, names, strict=True)):
            members = np.arange(starts[i], starts[i + 1])
            birth = _loop_birth(piece.kind, len(members))
            placed.append(
                PlacedShape(
                    name=name,
                    kind=piece.kind,
                    members=members,
                    betti=piece.betti,
                    joint=piece.joint,
                    expected=_expected(piece.kind, piece.vectors, birth, floor),
                    loop_birth=birth,
                )
            )
        self.shapes = tuple(placed)

    def __repr__(self) -> str:
        counts = Counter(shape.kind for shape in self.shapes)
        parts = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        return f"GroundTruth({len(self.dictionary)} features in R^{self.d}: {parts})"


def _frames(sizes: list[int], d: int, rng: np.random.Generator) -> list[npt.NDArray[Any]]:
    fits = sum(sizes) <= d
    if fits:
        q = np.linalg.qr(rng.standard_normal((d, sum(sizes))))[0].T  # (sum(sizes), d)
        return np.split(q, np.cumsum(sizes)[:-1])
    return [np.linalg.qr(rng.standard_normal((d, size)))[0].T for size in sizes]


def _plain_name(kind: str, n: int) -> str:
    return {"blob": "blob", "circle": f"circle of {n}", "sphere": "uniform directions"}[kind]


def _names(plain: list[str]) -> list[str]:
    """Number the names that stand more than once: blob 1, blob 2, ..."""
    total, seen = Counter(plain), Counter[str]()
    names = []
    for name in plain:
        seen[name] += 1
        alone = total[name] == 1
        number = f" ({seen[name]})" if name.startswith("circle") else f" {seen[name]}"
        names.append(name if alone else name + number)
    return names


def _loop_birth(kind: str, n: int) -> float:
    return float(2 * np.sin(np.pi / n)) if kind == "circle" else np.nan


def _expected(kind: str, vectors: npt.NDArray[Any], birth: float, floor: float) -> str:
    if kind == "circle":
        return "loop" if birth < floor else "nothing"
    if kind == "blob" and len(vectors) > 1:
        cos = vectors @ vectors.T
        np.fill_diagonal(cos, -1)
        # one piece below the floor if the typical feature has a neighbour there
        typical = min(1.0, np.median(cos.max(axis=1)))
        return "cluster" if np.sqrt(2 - 2 * typical) < floor else "nothing"
    return "nothing"
