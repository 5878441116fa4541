"""Matching: pairs of features, and what they leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.similarity.rows import FloatArray, IntArray

_SHOWN = 6  # bars of the histogram of hubs that a sentence names


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Pairs of features, and what they leave out.

    Attributes
    ----------
    pairs : ndarray of int, shape (m, 2)
        Row of a and row of b, in ascending order of a.
    score : ndarray, shape (m,)
        Cosine or correlation of each pair.
    share : ndarray, shape (m,)
        How much of the feature of a goes to that partner: 1, unless by transport.
    method : str
        How the pairs were chosen, in words.
    unmatched_a, unmatched_b : float
        Share of each side's features without a partner.
    followers : ndarray of int, shape (n_b,)
        Of how many features of a each feature of b is the best match, before anything is made
        one-to-one.
    """

    pairs: IntArray
    score: FloatArray
    share: FloatArray
    method: str
    unmatched_a: float
    unmatched_b: float
    followers: IntArray

    @property
    def hub_histogram(self) -> IntArray:
        """Features of b that are the best match of 0, 1, 2, ... features of a."""
        return np.bincount(self.followers)

    @property
    def hubs(self) -> int:
        """Features of b that are the best match of two or more features of a."""
        return int((self.followers > 1).sum())

    @property
    def unique_share(self) -> float:
        """Share of best matches that a feature of a has for itself; NaN where there is none."""
        total = int(self.followers.sum())
        return float((self.followers == 1).sum() / total) if total else float("nan")

    @property
    def hubs_in_words(self) -> str:
        """Who is whose best match, before anything is made one-to-one, in one sentence."""
        total = int(self.followers.sum())
        if not total:
            return "no feature has a best match"
        counts = self.hub_histogram
        several = [f"{n:,} of {times}" for times, n in enumerate(counts) if n and times > 1]
        shown = several if len(several) <= _SHOWN else [*several[: _SHOWN - 1], "...", several[-1]]
        hubs = f"; {self.hubs:,} are that of several ({', '.join(shown)})" if several else ""
        return (
            f"best matches of {total:,} features: {self.unique_share:.0%} have one for themselves; "
            f"of {len(self.followers):,} features of the other side {counts[0]:,} are nobody's"
            + hubs
        )


def matching(
    pairs: IntArray,
    score: FloatArray,
    method: str,
    sizes: tuple[int, ...],
    followers: IntArray,
    share: FloatArray | None = None,
) -> Matching:
    """Make one of what was chosen; every share is 1 unless given."""
    n_a, n_b = (max(1, n) for n in sizes)  # without latents that vary, nobody is left over
    matched_a, matched_b = (len(np.unique(side)) for side in pairs.T)
    return Matching(
        pairs=pairs,
        score=score,
        share=np.ones(len(pairs)) if share is None else share,
        method=method,
        unmatched_a=1 - matched_a / n_a,
        unmatched_b=1 - matched_b / n_b,
        followers=followers,
    )
