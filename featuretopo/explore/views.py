"""What the views show of one dictionary or of two, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.pairing import BY_NAME
from featuretopo.compare.partners import pairing_of
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary, IntArray
from featuretopo.errors import FeaturetopoError
from featuretopo.explore.cycles import cycles
from featuretopo.explore.packet import Packet, packet
from featuretopo.explore.parameters import (
    CLUSTERERS,
    COVERS,
    LENSES,
    Parameters,
    density,
    nearest_in_words,
    norms,
)
from featuretopo.labels import HUES, SHAPES, Labels, Style
from featuretopo.random import RngLike, seed_of
from featuretopo.similarity import Matching
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.neighbourhood import tree_of


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is explored.

    Attributes
    ----------
    sides : tuple of Arrangement
        One dictionary or two.
    matching : Matching or None
        Which feature of the first is whose partner in the second.
    """

    sides: tuple[Arrangement, ...]
    matching: Matching | None = None

    def partners(self, side: int) -> IntArray:
        """Return the partner of each feature of a side; -1 for none."""
        found: IntArray = np.full(len(self.sides[side].dictionary), -1)
        if self.matching is not None:
            rows, others = self.matching.pairs.T[:: -1 if side else 1]
            found[rows] = others
        return found


def subject_of(
    x: Dictionary | Arrangement | Comparison,
    other: Dictionary | Arrangement | None = None,
    *,
    codes: tuple[Any, Any] | None = None,
    encoders: tuple[Any, Any] | None = None,
    rng: RngLike = 0,
) -> Subject:
    """Look at what is to be explored, as far as that has not been done.

    Parameters
    ----------
    x : Dictionary, Arrangement or Comparison
    other : Dictionary or Arrangement, optional
        A second one beside it. Partners are features of the same name, else, in one space, each
        other's best match by cosine.
    codes : pair of scipy.sparse CSR, optional
        Of two dictionaries: codes of their features on the same samples, which partners are then
        found by.
    encoders : pair of Dictionary or array_like, optional
        Of two dictionaries: encoder rows, which partners are then found by.
    rng : int, Generator or None

    Raises
    ------
    FeaturetopoError
        If `x` is none of these, is a comparison and `other` is given, or has fewer than 4 features;
        if codes or encoders are given for less than two dictionaries or do not fit them.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> blobs = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
    >>> [side.name for side in subject_of(blobs, blobs).sides]
    ['a', 'b']
    """
    seed = seed_of(rng)
    if other is None and not (codes is None and encoders is None):
        raise FeaturetopoError(
            "codes and encoders say which feature of two dictionaries is whose partner: give the "
            "second dictionary as well (a comparison has its partners already)"
        )
    if isinstance(x, Comparison):
        if other is not None:
            raise FeaturetopoError("a comparison has its two sides already; give it alone")
        return Subject((x.a, x.b), x.matching)
    given = (x,) if other is None else (x, other)
    for each in given:
        if not isinstance(each, Dictionary | Arrangement):
            raise FeaturetopoError(
                f"{type(each).__name__} cannot be explored: give a Dictionary (ft.load reads one), "
                "an Arrangement or a Comparison"
            )
    if other is not None:  # what does not fit is refused before anything is computed
        a, b = (each.dictionary if isinstance(each, Arrangement) else each for each in given)
        pairing = pairing_of(a, b, codes, encoders)
    titles = ("dictionary",) if other is None else ("a", "b")
    sides = tuple(
        each if isinstance(each, Arrangement) else arrangement(each, name=name, rng=seed)
        for each, name in zip(given, titles, strict=True)
    )
    if other is None:
        return Subject(sides)
    return Subject(sides, pairing.match() if pairing else None)


def views(subject: Subject) -> Packet:
    """Pack what does not change: features, pictures, diagrams, groups and colours."""
    labels = Labels(side.dictionary for side in subject.sides)
    groupings = [_groupings(side, labels) for side in subject.sides]
    words: list[Mapping[str, object]] = []
    arrays: dict[str, npt.ArrayLike] = {}
    for place, side in enumerate(subject.sides):
        own, numbers = _side(side)
        partner = subject.partners(place)
        numbers["partner"] = partner
        groups = list(groupings[place])
        values = [
            ("norm", "norm"),
            ("density", f"distance to the {nearest_in_words(side.dictionary)}"),
        ]
        matching = subject.matching
        if matching is not None:
            groups += [_by_partner(partner, theirs) for theirs in groupings[1 - place][:1]]
        if matching is not None and matching.method != BY_NAME:  # a name is the same or is not
            score = np.full(len(side.dictionary), np.nan)
            score[matching.pairs[:, place]] = matching.score
            numbers["score"] = score
            values.append(("score", "likeness of the partner"))
        numbers |= {f"style.{group.key}": group.style_of for group in groups}
        colourings = [
            *(group.words for group in groups),
            *({"key": key, "title": title} for key, title in values),
        ]
        words.append({**own, "colourings": colourings})
        arrays |= {f"{place}.{name}": numbers[name] for name in numbers}
    about = {
        "sides": words,
        "hues": HUES,
        "partners": None if subject.matching is None else subject.matching.method,
        "graph": {
            "lenses": {key: title for key, (title, _) in LENSES.items()},
            "covers": {key: title for key, (title, _) in COVERS.items()},
            "clusterers": {key: title for key, (title, _) in CLUSTERERS.items()},
            "uses": {
                what: {key: list(names) for key, (_, names) in choices.items()}
                for what, choices in (("cover", COVERS), ("clusterer", CLUSTERERS))
            },
            "parameters": asdict(Parameters()),
        },
    }
    return packet(about, arrays)


def ragged(groups: Sequence[npt.ArrayLike]) -> tuple[IntArray, IntArray]:
    """Return groups of rows end to end, and where each begins; the last entry is the end.

    Examples
    --------
    >>> rows, starts = ragged([[3, 1], [], [2]])
    >>> rows.tolist(), starts.tolist()
    ([3, 1, 2], [0, 2, 2, 3])
    """
    rows = [np.asarray(group, np.int64) for group in groups]
    starts = np.cumsum([0, *map(len, rows)])
    return np.concatenate([np.empty(0, np.int64), *rows]), starts


def _side(side: Arrangement) -> tuple[dict[str, object], dict[str, npt.ArrayLike]]:
    x, diagram = side.dictionary, side.diagram
    has_loops = len(diagram.bars) > 1
    bars = diagram.bars[1] if has_loops else np.empty((0, 2))
    deaths = diagram.bars[0][:, 1]
    deaths = deaths[np.isfinite(deaths)]
    cycle, cycle_starts = ragged(cycles(side))
    loop, loop_starts = ragged([loop.members for loop in side.loops])
    cluster, cluster_starts = ragged([cluster.members for cluster in side.clusters])
    # of bars alike, the first
    places = {bar: place for place, bar in reversed([*enumerate(map(tuple, bars.tolist()))])}
    words: dict[str, object] = {
        "name": side.name,
        "names": x.names,
        "labels": x.label_names,
        "d": x.d,
        "near": nearest_in_words(x),
        "metric": diagram.metric,
        "cut": _finite(diagram.max_scale),
        "trustworthiness": _finite(side.embedding.trustworthiness),
        "kept": _finite(side.embedding.neighbour_preservation),
        "neighbours": side.embedding.n_neighbors,
        "loops": [
            {
                "bar": places.get((each.birth, each.death), -1),
                "p": _finite(each.p_value),
                "strong": bool(each.p_value <= LEVEL),
            }
            for each in side.loops
        ],
        "clusters": [{"p": _finite(each.p_value)} for each in side.clusters],
    }
    arrays: dict[str, npt.ArrayLike] = {
        "xy": side.embedding.xy,
        "label": x.labels,
        "norm": norms(x),
        "density": density(x),
        "h0": deaths,
        "h0.joins": _joins(side, deaths),
        "bars": bars,
        "censored": diagram.censored[1] if has_loops else np.empty(0, bool),
        "cycle": cycle,
        "cycle.starts": cycle_starts,
        "loop": loop,
        "loop.starts": loop_starts,
        "cluster": cluster,
        "cluster.starts": cluster_starts,
    }
    return words, arrays


def _joins(side: Arrangement, deaths: npt.NDArray[np.floating[Any]]) -> IntArray:
    """The two features between which each bar of H0 ends; none of a diagram of something else."""
    if side.diagram.metric == "chord":
        tree = tree_of(side.dictionary)
        if np.array_equal(tree.lengths[::-1], deaths):
            longest_first: IntArray = tree.pairs[::-1]
            return longest_first
    return np.empty((0, 2), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Grouping:
    """A way to colour by group: a style for each group, and which of them each feature has."""

    key: str
    title: str
    styles: tuple[Style, ...]
    style_of: IntArray

    @property
    def words(self) -> dict[str, object]:
        styles = [{"name": s.name, "hue": s.hue, "shape": s.shape} for s in self.styles]
        return {"key": self.key, "title": self.title, "styles": styles}


def _groupings(side: Arrangement, labels: Labels) -> list[_Grouping]:
    """Labels where there are any, clusters where any were found."""
    found = []
    x = side.dictionary
    if (x.labels >= 0).any():
        found.append(_Grouping("label", "label", labels.styles, labels.of(x)))
    if side.clusters:
        room = len(HUES) * len(SHAPES)
        shown = side.clusters[:room]
        styles = [
            Style(f"cluster {i + 1}", i % len(HUES), SHAPES[i // len(HUES)])
            for i in range(len(shown))
        ]
        style_of = np.full(len(x), len(shown))
        for place, cluster in enumerate(shown):
            style_of[cluster.members] = place
        rest = "in no cluster" if len(shown) == len(side.clusters) else "in none of the largest"
        styles.append(Style(rest, None, "circle"))
        found.append(_Grouping("cluster", "cluster", tuple(styles), style_of))
    return found


def _by_partner(partner: IntArray, theirs: _Grouping) -> _Grouping:
    """Colour features as their partners are coloured on the other side."""
    styles = (*theirs.styles, Style("no partner", None, "circle"))
    style_of = np.where(partner < 0, len(theirs.styles), theirs.style_of[partner])
    return _Grouping("partner", f"partner's {theirs.title}", styles, style_of)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
