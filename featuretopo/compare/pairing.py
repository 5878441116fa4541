"""Pairing: which feature of one dictionary is the partner of which of the other.

Through codes of shared samples, through names in common, or, within one space, by cosine, of the
features or of the encoder rows that read them. A pairing can be redone on scrambled input, which
is the null of everything that is measured through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from featuretopo.nulls import FloatArray, random_rotation
from featuretopo.similarity import Matching, match_codes
from featuretopo.similarity.choice import Method
from featuretopo.similarity.match import MUTUAL_BY_COSINE, mutual_of, mutual_rows
from featuretopo.similarity.nearest import BestMatches
from featuretopo.similarity.rows import IntArray

BY_NAME = "names in common"
BY_ENCODERS = f"{MUTUAL_BY_COSINE} of encoder rows"
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

    @property
    def rows(self) -> IntArray:
        """Which features of a it pairs, at most."""
        ...

    def part(self, places: IntArray) -> Pairing:
        """Pair only some of them, with all of b."""
        ...

    def match(self) -> Matching:
        """Pair the features."""
        ...

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair them again after everything that tied the two sides together was broken."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CodePairing:
    """One to one by the correlation of codes on shared samples.

    Attributes
    ----------
    codes_a, codes_b : scipy.sparse CSR, shapes (n_samples, n_a) and (n_samples, n_b)
        The same samples in the same order.
    rows : ndarray of int, shape (n_a,)
        Which features of a the columns of `codes_a` are.
    method : {"hungarian", "greedy"}
    """

    codes_a: Any
    codes_b: Any
    rows: IntArray
    method: Method

    @property
    def description(self) -> str:
        """How it pairs, in words."""
        how = "" if self.method == "hungarian" else f", {self.method}"
        return f"one to one by correlation of codes over {self.codes_a.shape[0]:,} samples{how}"

    @property
    def null_description(self) -> str:
        """How its null pairs, in words."""
        return "samples of one side shuffled; matching, rotation and figure redone"

    def part(self, places: IntArray) -> CodePairing:
        """Pair only some latents of a."""
        return replace(self, codes_a=self.codes_a[:, places], rows=self.rows[places])

    def match(self) -> Matching:
        """Pair the latents."""
        return self._match(self.codes_b)

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair them again after shuffling the samples of one side."""
        return self._match(self.codes_b[rng.permutation(self.codes_b.shape[0])])

    def _match(self, codes_b: Any) -> Matching:
        return _of_rows(match_codes(self.codes_a, codes_b, method=self.method), self.rows)


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

    @property
    def rows(self) -> IntArray:
        """Which features of a have their name in common."""
        return self.matching.pairs[:, 0]

    def part(self, places: IntArray) -> NamePairing:
        """Pair only some of the names."""
        whole = self.matching
        kept = {name: getattr(whole, name)[places] for name in ("pairs", "score", "share")}
        return replace(self, matching=replace(whole, **kept))

    def match(self) -> Matching:
        """Pair the features."""
        return self.matching

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair the features after shuffling the names of one side."""
        pairs = self.matching.pairs.copy()
        pairs[:, 1] = rng.permutation(pairs[:, 1])
        return replace(self.matching, pairs=pairs)


@dataclass(frozen=True, slots=True, eq=False)
class CosinePairing:
    """Features that are each other's best match by cosine, in one space.

    Attributes
    ----------
    x, y : ndarray, shapes (n_a, d) and (n_b, d)
        Unit vectors: of the features, or of the encoder rows that read them.
    rows : ndarray of int, shape (n_a,)
        Which features of a they are.
    method : str
        What the matching is called.
    best : BestMatches or None
        Of all of x and y, where they are at hand.
    names : int or None
        Of features that have names, how many they have in common: too few to pair by. None where
        one side has none, or nobody looked.
    """

    x: FloatArray
    y: FloatArray
    rows: IntArray
    method: str
    best: BestMatches | None = None
    names: int | None = None

    @property
    def description(self) -> str:
        """How it pairs, in words."""
        of = " of encoder rows" if self.method == BY_ENCODERS else ""
        few = (
            "" if self.names is None else f", since {self.names} names are in common, not {FEWEST}"
        )
        return f"each other's best match by cosine{of}{few}"

    @property
    def null_description(self) -> str:
        """How its null pairs, in words."""
        return "one side turned by a random rotation; matching and figure redone"

    def part(self, places: IntArray) -> CosinePairing:
        """Pair only some features of a."""
        return replace(self, x=self.x[places], rows=self.rows[places], best=None)

    def match(self) -> Matching:
        """Pair the features."""
        return self._match(self.x) if self.best is None else mutual_of(self.best)

    def scrambled(self, rng: np.random.Generator) -> Matching:
        """Pair them again after turning one side."""
        return self.turned(random_rotation(self.x.shape[1], rng).astype(np.float32))

    def turned(self, turn: FloatArray) -> Matching:
        """Pair them again after turning one side by a rotation (d, d)."""
        return self._match(self.x @ turn)

    def _match(self, x: FloatArray) -> Matching:
        found = _of_rows(mutual_rows(x, self.y), self.rows)
        return replace(found, method=self.method)


def _of_rows(found: Matching, rows: IntArray) -> Matching:
    """Return a matching of some features of a with their rows in it."""
    return replace(found, pairs=np.column_stack([rows[found.pairs[:, 0]], found.pairs[:, 1]]))
