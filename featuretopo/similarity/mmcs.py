"""MMCS: the mean over features of the cosine to their best match (mean max cosine similarity)."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.similarity.chance import chance_cosine
from featuretopo.similarity.nearest import BestMatches, best_matches
from featuretopo.similarity.rows import Rows


@dataclass(frozen=True, slots=True)
class MMCS:
    """Mean max cosine similarity, both ways.

    The two ways answer different questions: with a the truth, `a_to_b` asks whether every true
    feature was learned, `b_to_a` whether everything learned is true. ``float(result)`` is
    `a_to_b`.

    Attributes
    ----------
    a_to_b : float
        Mean over a's features of the largest cosine to any feature of b.
    b_to_a : float
        Mean over b's features of the largest cosine to any feature of a.
    chance_a_to_b, chance_b_to_a : float
        The same against as many uniform random directions in place of the other side.
    """

    a_to_b: float
    b_to_a: float
    chance_a_to_b: float
    chance_b_to_a: float

    @property
    def symmetric(self) -> float:
        """Mean of the two ways."""
        return (self.a_to_b + self.b_to_a) / 2

    @property
    def corrected(self) -> float:
        """Mean of the two ways, each as a share of the way from chance to 1.

        0 against random directions, whatever the sizes, 1 for the same features; NaN in one
        dimension, where chance may leave no way to go.
        """
        ways = (self.a_to_b, self.chance_a_to_b), (self.b_to_a, self.chance_b_to_a)
        if max(self.chance_a_to_b, self.chance_b_to_a) == 1:
            return float("nan")
        return sum((value - chance) / (1 - chance) for value, chance in ways) / 2

    def __float__(self) -> float:
        return self.a_to_b


def mmcs(a: Rows, b: Rows, *, absolute: bool = False) -> MMCS:
    """Mean max cosine similarity of two sets of features, both ways.

    One blocked pass over the pairs; the (n_a, n_b) matrix is never stored. It is blind to
    arrangement and to several features sharing one best match: a high value does not say that
    the sets agree one to one (see :func:`one_to_one_share`). Its chance level grows with the
    number of features and falls with the dimension: `corrected` takes it off, which sets of
    unequal sizes can be compared by.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows.
    absolute : bool
        Whether the sign of a cosine is left out, for directions without a sense (principal
        directions). A feature and its opposite are not one feature.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, or a row has no direction.

    Notes
    -----
    Source: Sharkey, Braun and Millidge, "Taking features out of superposition with sparse
    autoencoders" (2022).

    Examples
    --------
    >>> found = mmcs([[1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]])
    >>> found.a_to_b, found.b_to_a, found.symmetric, round(found.corrected, 6)
    (1.0, 0.5, 0.75, 0.75)
    """
    return mmcs_of(best_matches(a, b, absolute=absolute), absolute=absolute)


def mmcs_of(best: BestMatches, *, absolute: bool = False) -> MMCS:
    """MMCS of best matches that are at hand.

    Examples
    --------
    >>> mmcs_of(best_matches([[1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]])).symmetric
    0.75
    """
    return MMCS(
        float(best.cosine_of_a.mean()),
        float(best.cosine_of_b.mean()),
        chance_cosine(len(best.cosine_of_b), best.d, absolute),
        chance_cosine(len(best.cosine_of_a), best.d, absolute),
    )
