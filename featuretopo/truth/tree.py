"""Tree: features with parents and children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.points import FloatArray
from featuretopo.truth.shape import Piece, Shape


@dataclass(frozen=True)
class Tree(Shape):
    """A root, its children, their children: each child is its parent turned a little aside.

    child = cosine * parent + sqrt(1 - cosine^2) * a direction of its own. Two features have the
    cosine to the power of the number of steps between them. Its coordinate is the depth.

    Parameters
    ----------
    branching : int
        Children of each parent, at least 1.
    depth : int
        Generations below the root, at least 1.
    cosine : float
        Between child and parent, in (0, 1).
    noise, tilt, norms
        As in :class:`Shape`.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> truth = GroundTruth([Tree(2, 2)], d=16, rng=0)
    >>> truth.parents.tolist()
    [-1, 0, 0, 1, 1, 2, 2]
    """

    branching: int
    depth: int
    cosine: float = 0.7

    kind: ClassVar[str] = "tree"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, branching=(self.branching, 1), depth=(self.depth, 1))
        check_numbers(self, "cosine")
        if not 0 < self.cosine < 1:
            raise FeaturetopoError(f"cosine={self.cosine} must lie in (0, 1); 0.5 to 0.9 is usual")

    @property
    def directions(self) -> int:
        """One for each feature."""
        return sum(self.branching**level for level in range(self.depth + 1))

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Grow the tree, generation by generation."""
        n = self.directions
        parents = (np.arange(n) - 1) // self.branching
        parents[0] = -1
        depth = np.zeros(n)
        vectors = frame[:n].copy()
        for child in range(1, n):
            parent = parents[child]
            depth[child] = depth[parent] + 1
            vectors[child] *= np.sqrt(1 - self.cosine**2)
            vectors[child] += self.cosine * vectors[parent]
        return (
            Piece(
                self.kind,
                f"tree of {n}",
                self.finished(vectors, frame, rng),
                depth[:, None],
                (1, 0),
                (1, 0),
                True,
                parents,
            ),
        )
