"""The null of one component: a Gaussian like it, projected to the sphere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from featuretopo.nulls import FloatArray

_BATCH_VALUES = 2**16  # coordinates at a time: they stay in the cache
_FLAT = 1e-7  # directions in which a component has no extent but rounding
_MANY = 2048  # points
_ONE_SIDED = 0.5  # length of the mean direction of a component that lies to one side of the origin
PER_DIRECTION = 4  # points that an estimate of one direction's extent is made of, at least
ROUNDS = 20


@dataclass(frozen=True, slots=True, eq=False)
class ComponentNull:
    """A Gaussian in a component's own directions and the one of its mean: distances need no more.

    Attributes
    ----------
    m : int
        Number of points.
    extents : ndarray, shape (r,)
        Standard deviation along each of the component's own directions.
    mean : ndarray, shape (r + 1,)
        The last direction stands at right angles to all others and has no extent.
    """

    m: int
    extents: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, part: FloatArray) -> ComponentNull:
        """Fit one to a component.

        The mean and covariance are those of the points with the lengths that they are likely to
        have had before they were projected. Directions alone are spread more evenly than the
        Gaussian that they come from: without lengths, redraws of an elongated one would fill in
        what is empty in it, and its own chance loops would stand out.

        Parameters
        ----------
        part : ndarray, shape (m, d)
            Unit vectors, at least two.
        """
        return cls.like(with_likely_lengths(part))

    @classmethod
    def like(cls, points: FloatArray) -> ComponentNull:
        """Fit one to the mean and covariance of points as they are.

        Parameters
        ----------
        points : ndarray, shape (m, d)
            At least two.
        """
        rows = points.astype(np.float64)
        m, mean = len(rows), rows.mean(axis=0)
        if m > _MANY:  # squares lose half the digits, and take a tenth of the time
            squared, columns = np.linalg.eigh((rows - mean).T @ (rows - mean))
            lengths, axes = np.sqrt(np.maximum(squared[::-1], 0)), columns[:, ::-1].T
            flat = np.sqrt(_FLAT * _FLAT + len(lengths) * np.finfo(float).eps)
        else:
            _, lengths, axes = np.linalg.svd(rows - mean, full_matrices=False)
            flat = _FLAT
        wide = lengths > flat * max(1.0, float(lengths[0]))
        inside = axes[wide] @ mean
        aside = np.sqrt(max(float(mean @ mean - inside @ inside), 0.0))
        return cls(m, lengths[wide] / np.sqrt(m - 1), np.append(inside, aside))

    def redraws(self, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
        """Draw `draws` times as many points, some draws at a time.

        Yields
        ------
        ndarray, shape (batch, m, r + 1)
            Unit vectors.
        """
        r = len(self.extents)
        batch = max(1, _BATCH_VALUES // (self.m * (r + 1)))
        for start in range(0, draws, batch):
            size = min(batch, draws - start)
            points = np.empty((size, self.m, r + 1))
            points[..., :r] = rng.standard_normal((size, self.m, r)) * self.extents
            points[..., r] = 0
            points += self.mean
            points /= np.linalg.norm(points, axis=2, keepdims=True)
            yield points


def with_likely_lengths(unit: FloatArray) -> FloatArray:
    """Give a component the lengths it is likely to have had, shape (m, d).

    One that lies to one side of the origin keeps them at 1: it is no Gaussian around it.
    """
    rows = unit.astype(np.float64)
    return rows if one_sided(rows) else rows * likely_lengths(rows)[:, None]


def one_sided(unit: FloatArray) -> bool:
    """Whether a component lies to one side of the origin."""
    return bool(np.linalg.norm(unit.mean(axis=0, dtype=np.float64)) >= _ONE_SIDED)


def likely_lengths(unit: FloatArray) -> FloatArray:
    """Lengths of Gaussian vectors around the origin of which only the directions are left.

    In the widest directions, as many as a quarter of the points, by Tyler's estimate of shape: in
    them a vector of direction u has the squared length r / (u' S^-1 u), S the second moment of the
    vectors so made.

    Source: Tyler, Annals of Statistics 15 (1987) 234.

    Parameters
    ----------
    unit : ndarray, shape (m, d)

    Returns
    -------
    ndarray, shape (m,)
        Of mean square 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((2000, 5)) * [8, 4, 2, 1, 1]
    >>> unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    >>> mended = (unit * likely_lengths(unit)[:, None]).std(axis=0)
    >>> (mended[0] / mended).round().tolist(), bool(unit[:, 0].std() < 5 * unit[:, 3].std())
    ([1.0, 2.0, 4.0, 8.0, 8.0], True)
    """
    m = len(unit)
    _, lengths, axes = np.linalg.svd(unit, full_matrices=False)
    r = int((lengths > 1e-6 * lengths[0]).sum())
    r = min(r, max(2, m // PER_DIRECTION))
    inside = unit @ axes[:r].T  # (m, r)
    squared = np.ones(m)
    for _ in range(ROUNDS):
        second = (inside.T * squared) @ inside / m
        depth = (inside @ np.linalg.pinv(second) * inside).sum(axis=1)
        # a point at right angles to them all tells nothing of its length
        squared = r / np.maximum(depth, 1e-9 * depth.max())
        squared /= squared.mean()
    found: FloatArray = np.sqrt(squared)
    return found
