"""One hue and one mark per label, the same in every picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary

HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito (2008), without black and without yellow, which fades on white."""

SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Style:
    """How the features of one label are drawn; `hue` is None for grey."""

    name: str
    hue: int | None
    shape: str

    @property
    def class_(self) -> str:
        """CSS class that sets the colour."""
        return "grey" if self.hue is None else f"hue{self.hue}"


def styles_of(names: Iterable[str]) -> dict[str, Style]:
    """Return a style for each name; neighbours in the list differ in hue and in mark.

    Of more than 24 names, some look alike.

    Examples
    --------
    >>> [(s.hue, s.shape) for s in styles_of(["topk", "relu"]).values()]
    [(0, 'circle'), (1, 'square')]
    """
    n, m = len(HUES), len(SHAPES)
    return {
        name: Style(name, i % n, SHAPES[(i + i // (n * m // 2)) % m])
        for i, name in enumerate(dict.fromkeys(names))
    }


OTHER = Style("other labels", None, "square")
NONE = Style("no label", None, "circle")


class Labels:
    """Styles for the labels of several dictionaries, by label name.

    Six hues times four marks tell 24 labels apart; of more, the most frequent get a style and
    the rest share one.

    Parameters
    ----------
    dictionaries : iterable of Dictionary
    background : iterable of str
        Names of labels that hold no shape: drawn in grey, so that shapes stand out.

    Examples
    --------
    >>> labels = Labels([Dictionary(np.eye(3), labels=[0, 0, -1], label_names=["blob 1"])])
    >>> [style.name for style in labels.styles]
    ['blob 1', 'no label']
    """

    def __init__(self, dictionaries: Iterable[Dictionary], background: Iterable[str] = ()) -> None:
        behind = set(background)
        sizes: Counter[str] = Counter()
        unlabelled = False
        for dictionary in dictionaries:
            rows = dictionary.labels[dictionary.labels >= 0]
            unlabelled |= len(rows) < len(dictionary)
            values, counts = np.unique(rows, return_counts=True)
            for value, size in zip(values.tolist(), counts.tolist(), strict=True):
                sizes[dictionary.label_names[value]] += size
        room = len(HUES) * len(SHAPES)
        shapes = Counter({name: size for name, size in sizes.items() if name not in behind})
        common = {name for name, _ in shapes.most_common(room)}
        kept = [name for name in shapes if name in common]  # in the order the labels came
        own = [Style(name, i % len(HUES), SHAPES[i // len(HUES)]) for i, name in enumerate(kept)]
        own += [Style(name, None, "diamond") for name in sizes if name in behind]
        other = (OTHER,) if len(shapes) > room else ()
        self._index = {style.name: i for i, style in enumerate(own)}
        self._other = len(own)
        self._none = len(own) + len(other)
        self.styles = (*own, *other, *((NONE,) if unlabelled else ()))

    def of(self, dictionary: Dictionary) -> npt.NDArray[np.int64]:
        """Return for each feature the index of its style in `styles`."""
        by_label = [self._index.get(name, self._other) for name in dictionary.label_names]
        return np.array([*by_label, self._none], np.int64)[dictionary.labels]  # -1: the last
