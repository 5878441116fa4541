"""FromDictionary: features from a file as ground truth, e.g. the decoder rows of a real SAE."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.points import FloatArray
from featuretopo.truth.shape import Piece, Shape, no_parents
from featuretopo.weights import load


@dataclass(frozen=True)
class FromDictionary(Shape):
    """The features of a dictionary, as they are: lengths, names and directions.

    What topology they have nobody has told, so nothing is expected of them.

    Parameters
    ----------
    source : Dictionary or path
        Anything that :func:`featuretopo.load` reads. A path is read when the truth is placed.
    features : {"rows", "columns"}, optional
        Which axis of a bare matrix file holds the features.
    noise, tilt, norms
        As in :class:`Shape`; they take hold of directions, so that lengths are kept only without
        them.

    Raises
    ------
    FeaturetopoError
        If `source` is neither, `features` names no axis, or is given with a Dictionary.
        When the truth is placed: if the file cannot be read or its dimension is not the truth's.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> known = Dictionary([[3.0, 0.0], [0.0, 1.0]], names=["up", "left"])
    >>> GroundTruth([FromDictionary(known)], d=2, rng=0).dictionary.names
    ('up', 'left')
    """

    source: Dictionary | str | os.PathLike[str]
    features: Literal["rows", "columns"] | None = None

    kind: ClassVar[str] = "dictionary"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.source, Dictionary | str | os.PathLike):
            raise FeaturetopoError(
                f"FromDictionary({self.source!r}): needs a Dictionary or the path of a file; wrap "
                "an array as Dictionary(array)"
            )
        if self.features not in (None, "rows", "columns"):
            raise FeaturetopoError(
                f"features={self.features!r} must be 'rows' or 'columns': which axis of the file "
                "holds the features"
            )
        if self.features and isinstance(self.source, Dictionary):
            raise FeaturetopoError(
                f"features={self.features!r} is for files: a Dictionary's features are its rows"
            )

    @property
    def directions(self) -> int:
        """None of its own: its features lie where they lie."""
        return 0

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Take the features as they are."""
        held = self.source
        if not isinstance(held, Dictionary):
            held = load(held, features=self.features)
        if held.d != frame.shape[1]:
            raise FeaturetopoError(
                f"{held!r} in a truth of d={frame.shape[1]}: give the truth d={held.d}"
            )
        changed = self.noise or self.tilt
        clean = (held.unit if changed else held.vectors).astype(np.float64)
        n = len(held)
        return (
            Piece(
                self.kind,
                "dictionary",
                self.finished(clean, frame, rng),
                np.full((n, 1), np.nan),
                (),
                (),
                False,
                no_parents(n),
                names=held.names,
            ),
        )
