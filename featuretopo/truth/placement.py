"""Placement: where in R^d each shape's directions lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from featuretopo.checks import check_can, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.random import stream
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece, Shape

_BLOCK = 2048  # rows of cosines at a time


class Placement(Protocol):
    """How the frames of several shapes lie to each other."""

    def place(self, shapes: Sequence[Shape], d: int, seed: int) -> list[Piece]:
        """Place every shape in R^d; shape i is sampled from the stream of its own."""
        ...


def check_placement(name: str, value: object) -> None:
    """Refuse what places no shapes; a shape places itself alone."""
    usual = "Orthogonal(), RandomFrames() or Overlap(rho)"
    if isinstance(value, Shape):
        raise FeaturetopoError(f"{name}={value!r} must be {usual}, not a shape")
    check_can(name, value, "place", usual=usual)


@dataclass(frozen=True)
class Orthogonal:
    """Orthogonal frames while they fit into d, random ones beyond (superposition).

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> vectors = GroundTruth([Circle(8), Circle(8)], 4, rng=0).dictionary.vectors
    >>> bool(abs(vectors[:8] @ vectors[8:].T).max() < 1e-6)
    True
    """

    def place(self, shapes: Sequence[Shape], d: int, seed: int) -> list[Piece]:
        """Cut one orthonormal basis into frames if it is large enough."""
        sizes = [shape.frame_size for shape in shapes]
        if sum(sizes) > d:
            return RandomFrames().place(shapes, d, seed)
        rng = stream(seed, "truth", "frames")
        q = np.linalg.qr(rng.standard_normal((d, sum(sizes))))[0].T  # (sum(sizes), d)
        return _sampled(shapes, np.split(q, np.cumsum(sizes)[:-1]), seed)


@dataclass(frozen=True)
class RandomFrames:
    """Every shape in random directions, whether or not orthogonal ones would fit.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(8), Circle(8)], 4, placement=RandomFrames(), rng=0)
    >>> vectors = truth.dictionary.vectors
    >>> bool(abs(vectors[:8] @ vectors[8:].T).max() > 0.1)
    True
    """

    def place(self, shapes: Sequence[Shape], d: int, seed: int) -> list[Piece]:
        """Draw one frame a shape."""
        rng = stream(seed, "truth", "frames")
        frames = [np.linalg.qr(rng.standard_normal((d, shape.frame_size)))[0].T for shape in shapes]
        return _sampled(shapes, frames, seed)


@dataclass(frozen=True)
class Overlap:
    """Frames that lean towards common directions, so far that shapes overlap as asked.

    The overlap is rho_mm: the mean, over all features, of the largest cosine to a feature of
    another piece (each blob is one). At one end frames are as far apart as they can be, at the
    other all shapes lie in the same directions; in between it is solved for.

    Parameters
    ----------
    rho : float
        Overlap asked for, delivered to within 0.002.

    Raises
    ------
    FeaturetopoError
        When the truth is placed: if the overlap cannot be reached; the message gives the range.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(8), Circle(8)], 16, placement=Overlap(0.5), rng=0)
    >>> vectors = truth.dictionary.vectors
    >>> best = (vectors[:8] @ vectors[8:].T).max(axis=1)
    >>> abs(float(best.mean()) - 0.5) < 0.01
    True
    """

    rho: float

    def __post_init__(self) -> None:
        check_numbers(self, "rho")

    def place(self, shapes: Sequence[Shape], d: int, seed: int) -> list[Piece]:
        """Bisect how far the frames lean."""
        sizes = [shape.frame_size for shape in shapes]
        rng = stream(seed, "truth", "frames")
        if sum(sizes) <= d:
            basis = np.linalg.qr(rng.standard_normal((d, sum(sizes))))[0].T
            apart = np.split(basis, np.cumsum(sizes)[:-1])
        else:
            apart = [np.linalg.qr(rng.standard_normal((d, size)))[0].T for size in sizes]
        common = np.linalg.qr(rng.standard_normal((d, max(sizes))))[0].T  # (largest, d)

        def leaning(share: float) -> list[Piece]:
            frames = [_orthonormal((1 - share) * own + share * common[: len(own)]) for own in apart]
            return _sampled(shapes, frames, seed)

        low, high = 0.0, 1.0
        bottom, top = rho_mm(leaning(low)), rho_mm(leaning(high))
        if not bottom - 0.002 <= self.rho <= top + 0.002:
            raise FeaturetopoError(
                f"an overlap of rho={self.rho} cannot be reached by these shapes in d={d}: "
                f"it must lie between {bottom:.3f} (as far apart as they fit) and {top:.3f} "
                "(all in the same directions); change rho, d or the shapes"
            )
        for _ in range(40):
            middle = (low + high) / 2
            pieces = leaning(middle)
            found = rho_mm(pieces)
            if abs(found - self.rho) < 0.002:
                return pieces
            low, high = (middle, high) if found < self.rho else (low, middle)
        raise FeaturetopoError(
            f"no placement was found with an overlap of rho={self.rho}: the nearest has {found:.3f}"
        )


def rho_mm(pieces: Sequence[Piece]) -> float:
    """Mean, over features, of the largest cosine to a feature of another piece.

    Examples
    --------
    >>> from featuretopo.truth import Circle
    >>> rho_mm(Orthogonal().place([Circle(8), Circle(8)], 4, seed=0)) < 1e-6
    True
    """
    if len(pieces) < 2:
        raise FeaturetopoError("one shape alone overlaps with nothing; give two or more")
    unit = to_unit(np.concatenate([piece.vectors for piece in pieces]))
    home = np.repeat(np.arange(len(pieces)), [len(piece.vectors) for piece in pieces])
    largest = []
    for start in range(0, len(unit), _BLOCK):
        cos = unit[start : start + _BLOCK] @ unit.T  # (block, n)
        cos[home[start : start + _BLOCK, None] == home] = -1
        largest.append(cos.max(axis=1))
    return float(np.concatenate(largest).mean())


def _sampled(shapes: Sequence[Shape], frames: Sequence[FloatArray], seed: int) -> list[Piece]:
    return [
        piece
        for i, (shape, frame) in enumerate(zip(shapes, frames, strict=True))
        for piece in shape.place(frame, stream(seed, "truth", "shape", i))
    ]


def _orthonormal(rows: FloatArray) -> FloatArray:
    """Return the orthonormal rows nearest to these (polar factor)."""
    if not len(rows):
        return rows
    u, _, vt = np.linalg.svd(rows, full_matrices=False)
    nearest: FloatArray = u @ vt
    return nearest
