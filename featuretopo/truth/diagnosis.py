"""diagnose: is a dictionary essentially random directions?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import p_value, random_directions
from featuretopo.random import RngLike, seed_of, stream

FloatArray = npt.NDArray[np.floating[Any]]

_MOST_ROWS = 2048
_LEVEL = 0.05
_LEAST_DRAWS = 159  # 2 / (159 + 1) is a fourth of the level


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of a dictionary beside what random directions give.

    Attributes
    ----------
    name, what : str
        Of the figure, and how to read it.
    value : float
    null_low, null_mean, null_high : float
        5% quantile, mean and 95% quantile of the same figure on the null draws.
    p_value : float
        Two-sided.
    """

    name: str
    what: str
    value: float
    null_low: float
    null_mean: float
    null_high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What tells a dictionary from random directions.

    Attributes
    ----------
    checks : tuple of Check
    n, d : int
        Features of the dictionary, and their dimension.
    n_examined : int
        How many of them were looked at; fewer than `n` where the dictionary was thinned.
    verdict : str
        In words.
    """

    checks: tuple[Check, ...]
    n: int
    d: int
    n_examined: int
    verdict: str

    def __str__(self) -> str:
        thinned = f" ({self.n_examined:,} of them looked at)" if self.n_examined < self.n else ""
        lines = [f"{self.n:,} features{thinned} in {self.d} dimensions: {self.verdict}"]
        for c in self.checks:
            lines.append(
                f"  {c.name:26s}{c.value:9.4f}  random {c.null_low:.4f} to {c.null_high:.4f}"
                f"  p {c.p_value:.3g}  ({c.what})"
            )
        return "\n".join(lines)


def diagnose(dictionary: Dictionary, *, draws: int = 199, rng: RngLike = None) -> Diagnosis:
    """Ask whether a dictionary is essentially random: four figures, each beside its null.

    Length of the mean direction, mean cosine to the nearest neighbour, and effective dimension of
    the directions, against as many uniform directions; relative spread of the lengths, against
    Gaussian vectors of this dimension (uniform directions have no lengths). Each p-value is
    two-sided, and the verdict counts four tests (Bonferroni).

    Parameters
    ----------
    dictionary : Dictionary
        More than 2,048 features are thinned to as many, drawn at random: all four figures hang on
        the number of features.
    draws : int
        Null draws, at least 159.
    rng : int, Generator or None

    Returns
    -------
    Diagnosis

    Raises
    ------
    FeaturetopoError
        With fewer than 3 features or 159 draws.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth, Sphere
    >>> diagnose(GroundTruth([Sphere(100)], d=32, rng=0).dictionary, rng=0).checks[1].p_value > 0.05
    True
    >>> diagnose(GroundTruth([Blobs(10, 10)], d=32, rng=0).dictionary, rng=0).checks[1].p_value
    0.01
    """
    if not is_whole(draws) or draws < _LEAST_DRAWS:
        raise FeaturetopoError(
            f"draws={draws!r} must be a whole number, at least {_LEAST_DRAWS}, or no p-value could "
            "come down to what four two-sided tests ask for; 199 is usual"
        )
    if not isinstance(dictionary, Dictionary):
        raise FeaturetopoError(
            f"dictionary={dictionary!r} must be a Dictionary: Dictionary(array), features as rows"
        )
    if len(dictionary) < 3:
        raise FeaturetopoError(f"{len(dictionary)} features tell nothing; needs at least 3")
    seed = seed_of(rng)
    kept = dictionary
    if len(dictionary) > _MOST_ROWS:
        rows = stream(seed, "diagnosis", "rows").choice(len(dictionary), _MOST_ROWS, replace=False)
        kept = dictionary.take(np.sort(rows))
    n, d = kept.vectors.shape
    lengths = np.linalg.norm(kept.vectors.astype(np.float64), axis=1)
    on_directions: dict[str, tuple[str, Callable[[FloatArray], float]]] = {
        "length of the mean": ("0 if there is no common offset", _mean_length),
        "nearest-neighbour cosine": ("high if features crowd", _nearest_cosine),
        "effective dimension": ("low if few directions carry all", _effective_dimension),
    }
    null: dict[str, list[float]] = {name: [] for name in on_directions}
    spreads = []
    for i in range(draws):
        draw = stream(seed, "diagnosis", i)
        directions = random_directions(n, d, draw)
        for name, (_, figure) in on_directions.items():
            null[name].append(figure(directions))
        spreads.append(_spread(np.sqrt(draw.chisquare(d, n))))
    checks = [
        _check(name, what, figure(kept.unit), null[name])
        for name, (what, figure) in on_directions.items()
    ]
    checks.append(_check("spread of the lengths", "0 if all are equal", _spread(lengths), spreads))
    unlike = [c.name for c in checks if c.p_value * len(checks) <= _LEVEL]
    verdict = (
        f"unlike random directions in {', '.join(unlike)}"
        if unlike
        else "nothing tells them from random directions"
    )
    return Diagnosis(tuple(checks), len(dictionary), d, n, verdict)


def _check(name: str, what: str, value: float, null: list[float]) -> Check:
    sides = (p_value(value, null, "higher"), p_value(value, null, "lower"))
    low, high = np.quantile(null, [0.05, 0.95])
    return Check(
        name, what, value, float(low), float(np.mean(null)), float(high), min(1.0, 2 * min(sides))
    )


def _mean_length(unit: FloatArray) -> float:
    return float(np.linalg.norm(unit.mean(axis=0)))


def _nearest_cosine(unit: FloatArray) -> float:
    cos = unit @ unit.T
    np.fill_diagonal(cos, -1)
    return float(cos.max(axis=1).mean())


def _effective_dimension(unit: FloatArray) -> float:
    """Participation ratio of the second moments' eigenvalues, from the smaller Gram matrix."""
    gram = unit @ unit.T if len(unit) < unit.shape[1] else unit.T @ unit
    return float(np.trace(gram) ** 2 / (gram.astype(np.float64) ** 2).sum())


def _spread(lengths: FloatArray) -> float:
    return float(lengths.std() / lengths.mean())
