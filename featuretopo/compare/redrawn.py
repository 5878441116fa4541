"""Redrawn: a matching, and what the same pairing makes of scrambled input, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featuretopo.compare.pairing import BY_ENCODERS, Pairing
from featuretopo.draws import over_draws
from featuretopo.random import child_seed, stream
from featuretopo.similarity import Matching
from featuretopo.similarity.match import MUTUAL_BY_COSINE
from featuretopo.similarity.rows import IntArray

_WORK = 2**33  # multiplications: a draw of any null takes some tenths of a second
_PART = 512, 2048  # fewest and most features that a null is drawn for
_LARGER = 1.25  # features to a dimension of both sides together: so many pairs even of chance
_FEWEST_DRAWS = 19  # of such a part
_WORK_LARGER = 2**36  # multiplications: a draw takes seconds


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """A matching and what chance makes of it.

    Attributes
    ----------
    part : Pairing
        What pairs what is tested.
    matching : Matching
    tested : Matching
        What the null is held against: the matching itself, or one of a part of a's features with
        all of b, where there are too many to do it all again for every draw.
    null : tuple of Matching
        Of scrambled input, as many as there are null draws.
    description, null_description : str
        How it and its null were made, in words.
    """

    part: Pairing
    matching: Matching
    tested: Matching
    null: tuple[Matching, ...]
    description: str
    null_description: str

    @property
    def in_part(self) -> bool:
        """Whether only a part is tested."""
        return self.tested is not self.matching

    @property
    def by_cosine(self) -> bool:
        """Whether partners were found by cosine, so that they are near each other by choice."""
        return self.matching.method in (MUTUAL_BY_COSINE, BY_ENCODERS)


def redrawn(
    pairing: Pairing,
    draws: int,
    seed: int,
    most: int = _PART[1],
    of_interest: IntArray | None = None,
) -> Redrawn:
    """Pair, and pair again on scrambled input as often as there are draws.

    Parameters
    ----------
    pairing : Pairing
    draws, seed : int
    most : int
        Features of a that the null is drawn for; of more, so many are taken at random.
    of_interest : ndarray of int, optional
        Rows of a that up to half of these are taken from: few as they are, groups must be seen.
    """
    matching = pairing.match()
    part, tested, words = pairing, matching, ""
    heavy = len(pairing.rows) > most
    if heavy:
        rng = stream(seed, "pairing", "part")
        known = np.isin(pairing.rows, [] if of_interest is None else of_interest)
        # at random, but up to half of them from those of interest
        order = rng.permutation(len(known))
        order = np.concatenate([order[known[order]][: most // 2], order])
        places = order[np.sort(np.unique(order, return_index=True)[1])][:most]
        part = pairing.part(np.sort(places))
        tested = part.match()
        words = f"; on {most:,} of {len(known):,} features of a, drawn at random"
        words += ", up to half of them from its clusters and loops" if known.any() else ""
    null = over_draws(
        lambda draw: part.scrambled(stream(seed, "pairing", draw)), draws, heavy=heavy
    )
    return Redrawn(
        part, matching, tested, tuple(null), pairing.description, part.null_description + words
    )


def redrawn_larger(
    pairing: Pairing, pairs: Redrawn, draws: int, seed: int, sizes: tuple[int, int, int]
) -> Redrawn | None:
    """Pair again on a larger part, for figures that take more pairs than dimensions.

    Of one tenth of the draws, at least 19. None where what is tested has pairs enough, by chance
    too, or where even so it would take too long.

    Parameters
    ----------
    pairing : Pairing
    pairs : Redrawn
        What it gave.
    draws, seed : int
    sizes : tuple of int
        Features of b, dimensions of a and of b.
    """
    n, *dims = sizes
    most = int(_LARGER * sum(dims))
    enough = min(len(each.pairs) for each in (pairs.tested, *pairs.null)) > sum(dims)
    if not pairs.in_part or enough or most * n * max(dims) > _WORK_LARGER:
        return None
    some = max(_FEWEST_DRAWS, draws // 10)
    found = redrawn(pairing, some, child_seed(seed, "larger part"), most)
    return replace(found, null_description=f"{found.null_description}; {some} draws")


def drawn(n: int, most: int, rng: np.random.Generator) -> IntArray:
    """Draw `most` of `n` places at random, in order; all if there are fewer."""
    return np.sort(rng.permutation(n)[:most])


def most_tested(n: int, d: int) -> int:
    """Return for how many features of one side a null against `n` of the other is drawn.

    Examples
    --------
    >>> most_tested(1000, 128), most_tested(24_576, 768)
    (2048, 512)
    """
    return int(np.clip(_WORK // (n * d), *_PART))
