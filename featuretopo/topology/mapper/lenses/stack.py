"""Stack: several lenses side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray, Lens, LensLike, lens_of, lens_values


@dataclass(frozen=True, init=False)
class Stack:
    """The axes of several lenses, one after the other.

    Parameters
    ----------
    *lenses : Lens, array or callable
        At least one.

    Raises
    ------
    FeaturetopoError
        If there is none, or one does not fit the dictionary.

    Examples
    --------
    >>> Stack(lambda x: x.vectors[:, 0], [5.0, 6.0]).values(Dictionary(np.eye(2))).tolist()
    [[1.0, 5.0], [0.0, 6.0]]
    """

    lenses: tuple[Lens, ...]

    def __init__(self, *lenses: LensLike) -> None:
        if not lenses:
            raise FeaturetopoError("Stack() must hold at least one lens")
        object.__setattr__(self, "lenses", tuple(map(lens_of, lenses)))

    def values(self, x: Dictionary) -> FloatArray:
        """Return the values of all, shape (n_features, sum of their axes)."""
        return np.hstack([lens_values(lens, x) for lens in self.lenses])


def parts_of(lens: Lens) -> list[Lens]:
    """Return a lens, or the lenses that a stack is made of.

    Examples
    --------
    >>> from featuretopo.topology.mapper.lens import PCA
    >>> parts_of(Stack(PCA(1), Stack(PCA(2), [0.0])))
    [PCA(n_components=1), PCA(n_components=2), Coordinates(name='array')]
    """
    if not isinstance(lens, Stack):
        return [lens]
    return [part for each in lens.lenses for part in parts_of(each)]
