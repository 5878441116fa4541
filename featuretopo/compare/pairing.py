"""Pairing: which feature of one dictionary is the partner of which of the other.

Either through codes of shared samples or through names in common. A pairing can be redone on
scrambled input, which is the null of everything that is measured through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import stream
from featuretopo.similarity import Matching, match_codes

BY_NAME = "names in common"
FEWEST = 8  # fewer pairs carry no verdict


class Pairing(Protocol):
    """A way to pair two dictionaries."""

    @property
    def description(self) -> str:
        """How it pairs, in words."""
        ...

    @property
    def null_description(self) -> str:
        """How its null pairs, in words."""
        ...

    def match(self) -> Matching:
        """Pair the features."""
        ...

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair them again after everything that tied the two sides together was broken."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CodePairing:
    """One to one by the correlation of codes on shared samples (Hungarian).

    Attributes
    ----------
    codes_a, codes_b : scipy.sparse CSR, shapes (n_samples, n_a) and (n_samples, n_b)
        The same samples in the same order.
    """

    codes_a: Any
    codes_b: Any

    @property
    def description(self) -> str:
        """How it pairs, in words."""
        return f"one to one by correlation of codes over {self.codes_a.shape[0]:,} samples"

    @property
    def null_description(self) -> str:
        """How its null pairs, in words."""
        return "samples of one side shuffled; matching, rotation and figure redone"

    def match(self) -> Matching:
        """Pair the latents."""
        return match_codes(self.codes_a, self.codes_b)

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair them again after shuffling the samples of one side."""
        return match_codes(self.codes_a, self.codes_b[rng.permutation(self.codes_b.shape[0])])


@dataclass(frozen=True, slots=True, eq=False)
class NamePairing:
    """Features of the same name.

    Attributes
    ----------
    matching : Matching
    """

    matching: Matching

    @property
    def description(self) -> str:
        """How it pairs, in words."""
        return f"{len(self.matching.pairs):,} names in common"

    @property
    def null_description(self) -> str:
        """How its null pairs, in words."""
        return "names of one side shuffled; rotation and figure redone"

    def match(self) -> Matching:
        """Pair the features."""
        return self.matching

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair the features after shuffling the names of one side."""
        pairs = self.matching.pairs.copy()
        pairs[:, 1] = rng.permutation(pairs[:, 1])
        return replace(self.matching, pairs=pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """A matching and what chance makes of it.

    Attributes
    ----------
    matching : Matching
    null : tuple of Matching
        Of scrambled input, as many as there are null draws.
    description, null_description : str
        How it and its null were made, in words.
    """

    matching: Matching
    null: tuple[Matching, ...]
    description: str
    null_description: str


def redrawn(pairing: Pairing, draws: int, seed: int) -> Redrawn:
    """Pair, and pair again on scrambled input as often as there are draws."""
    return Redrawn(
        pairing.match(),
        tuple(pairing.scrambled(stream(seed, "pairing", draw)) for draw in range(draws)),
        pairing.description,
        pairing.null_description,
    )


def pair_by_names(a: Dictionary, b: Dictionary) -> NamePairing | None:
    """Pair features that carry the same name; None if too few do.

    Row numbers, which features without names are given, are no names: they say nothing about
    what a feature is. Neither is a name that stands twice.
    """
    if _unnamed(a) or _unnamed(b):
        return None
    row_a, row_b = _rows_of(a), _rows_of(b)
    common = [name for name in a.names if name in row_a and name in row_b]
    if len(common) < FEWEST:
        return None
    pairs = np.array([(row_a[name], row_b[name]) for name in common])
    ones = np.ones(len(pairs))
    unmatched = (1 - len(pairs) / len(a), 1 - len(pairs) / len(b))
    followers = np.bincount(pairs[:, 1], minlength=len(b))
    return NamePairing(Matching(pairs, ones, ones, BY_NAME, *unmatched, followers))


def pair_by_codes(a: Dictionary, b: Dictionary, codes: tuple[Any, Any]) -> CodePairing:
    """Pair latents by their codes on shared samples.

    Raises
    ------
    FeaturetopoError
        If the codes do not belong to the dictionaries.
    """
    for dictionary, code in zip((a, b), codes, strict=True):
        if code.shape[1] != len(dictionary):
            raise FeaturetopoError(
                f"codes of {code.shape[1]} latents for {dictionary!r}: give one column per feature"
            )
    return CodePairing(*codes)


def _unnamed(x: Dictionary) -> bool:
    return all(name.isdecimal() for name in x.names)


def _rows_of(x: Dictionary) -> dict[str, int]:
    rows: dict[str, int] = {}
    twice = set()
    for row, name in enumerate(x.names):
        if name in rows:
            twice.add(name)
        rows[name] = row
    return {name: row for name, row in rows.items() if name not in twice}
