"""Pairing: which feature of one dictionary is the partner of which of the other.

Through codes of shared samples, through names in common, or, within one space, by cosine, of the
features or of the encoder rows that read them. A pairing can be redone on scrambled input, which
is the null of everything that is measured through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy.sparse import issparse

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import FloatArray, random_rotation
from featuretopo.similarity import Matching, match, match_codes
from featuretopo.similarity.choice import DENSE, Method
from featuretopo.similarity.match import MUTUAL_BY_COSINE, mutual_of
from featuretopo.similarity.matching import matching
from featuretopo.similarity.nearest import BestMatches
from featuretopo.similarity.rows import IntArray, Rows, unit_pair, unit_rows

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
        turn = random_rotation(self.x.shape[1], rng).astype(np.float32)
        return self._match(self.x @ turn)

    def _match(self, x: FloatArray) -> Matching:
        found = _of_rows(match(x, self.y, "mutual"), self.rows)
        return replace(found, method=self.method)


def pairing_of(
    a: Dictionary,
    b: Dictionary,
    codes: tuple[Any, Any] | None,
    encoders: tuple[Rows, Rows] | None,
    best: BestMatches | None = None,
) -> Pairing | None:
    """Pair by codes where given, else by encoder rows where given, else by name, else by cosine.

    None where the two have no names in common and live in spaces of different dimension. `best`
    matches by cosine are used where they are wanted and at hand.

    Raises
    ------
    FeaturetopoError
        If both are given, no pair is, or they do not belong to the dictionaries.
    """
    for name, two in (("codes", codes), ("encoders", encoders)):
        if two is not None and not (isinstance(two, tuple | list) and len(two) == 2):
            raise FeaturetopoError(f"{name} must be a pair: those of a and those of b")
    if codes is not None and encoders is not None:
        raise FeaturetopoError("codes and encoders: each says who is whose partner; give one")
    if codes is not None:
        return pair_by_codes(a, b, codes)
    if encoders is not None:
        return pair_by_encoders(a, b, encoders)
    by_cosine = pair_by_cosine(a, b, best)
    return pair_by_names(a, b) or (by_cosine and replace(by_cosine, names=n_names_in_common(a, b)))


def certain_pairing(
    a: Dictionary,
    b: Dictionary,
    codes: tuple[Any, Any] | None,
    encoders: tuple[Rows, Rows] | None,
    best: BestMatches | None = None,
) -> Pairing:
    """Pair as :func:`pairing_of` does, and refuse what cannot be paired.

    Raises
    ------
    FeaturetopoError
        As :func:`pairing_of`; or if the two live in spaces of different dimension and nothing
        aligns them.
    """
    found = pairing_of(a, b, codes, encoders, best)
    if found is None:
        many = n_names_in_common(a, b)
        names = (
            "names in common" if many is None else f"{FEWEST} names in common (there are {many})"
        )
        raise FeaturetopoError(
            f"{a!r} and {b!r}: features cannot be paired across different dimensions ({a.d} and "
            f"{b.d}); give codes of shared samples, or {names}"
        )
    return found


def pair_by_names(a: Dictionary, b: Dictionary) -> NamePairing | None:
    """Pair features that carry the same name; None if too few do.

    Row numbers, which features without names are given, are no names: they say nothing about
    what a feature is. Neither is a name that stands twice.
    """
    pairs = names_in_common(a.names, b.names)
    if len(pairs) < FEWEST:
        return None
    return NamePairing(matching_of(pairs, (len(a), len(b)), BY_NAME))


def names_in_common(a: Sequence[str], b: Sequence[str]) -> IntArray:
    """Return rows of the same name, shape (m, 2); none where the names of one are row numbers.

    Examples
    --------
    >>> names_in_common(["x", "y", "z", "z"], ["z", "y", "w"]).tolist()
    [[1, 1]]
    """
    if _unnamed(a) or _unnamed(b):
        return np.empty((0, 2), np.int64)
    row_a, row_b = _rows_of(a), _rows_of(b)
    common = [name for name in a if name in row_a and name in row_b]
    return np.array([(row_a[name], row_b[name]) for name in common], np.int64).reshape(-1, 2)


def matching_of(pairs: IntArray, sizes: tuple[int, int], method: str) -> Matching:
    """Make a matching of pairs that were known before."""
    followers = np.bincount(pairs[:, 1], minlength=sizes[1])
    return matching(pairs, np.ones(len(pairs)), method, sizes, followers)


def n_names_in_common(a: Dictionary, b: Dictionary) -> int | None:
    """How many names both have, each once; None where one has only row numbers."""
    return (
        None if _unnamed(a.names) or _unnamed(b.names) else len(names_in_common(a.names, b.names))
    )


def _unnamed(names: Sequence[str]) -> bool:
    return all(name.isdecimal() for name in names)


def pair_by_codes(a: Dictionary, b: Dictionary, codes: tuple[Any, Any]) -> CodePairing:
    """Pair latents by their codes on shared samples.

    Raises
    ------
    FeaturetopoError
        If the codes do not belong to the dictionaries.
    """
    for dictionary, code in zip((a, b), codes, strict=True):
        check_codes(dictionary, code)
    samples = [code.shape[0] for code in codes]
    if samples[0] != samples[1]:
        raise FeaturetopoError(
            f"codes of {samples[0]} and {samples[1]} samples: give those of the same samples, in "
            "the same order"
        )
    # the best total among millions of candidates takes minutes, and is wanted for every draw
    method: Method = "hungarian" if len(a) * len(b) <= DENSE else "greedy"
    return CodePairing(codes[0].tocsr(), codes[1].tocsr(), np.arange(len(a)), method)


def check_codes(x: Dictionary, codes: Any) -> None:
    """Refuse codes that are not sparse, not of the features of a dictionary, or all 0."""
    if not issparse(codes):
        raise FeaturetopoError(
            f"codes are a {type(codes).__name__}: give one sparse matrix, e.g. "
            "scipy.sparse.csr_array(codes), samples as rows"
        )
    if codes.shape[1] != len(x):
        raise FeaturetopoError(
            f"codes of {codes.shape[1]} latents for {x!r}: give one column per feature"
        )
    if codes.count_nonzero() == 0:
        raise FeaturetopoError(
            f"codes of {x!r}: no latent ever fires; give those of samples on which some do, or "
            "train the SAE anew"
        )


def pair_by_cosine(
    a: Dictionary, b: Dictionary, best: BestMatches | None = None
) -> CosinePairing | None:
    """Pair features by cosine; None if the two live in spaces of different dimension."""
    if a.d != b.d:
        return None
    return CosinePairing(a.unit, b.unit, np.arange(len(a)), MUTUAL_BY_COSINE, best)


def pair_by_encoders(a: Dictionary, b: Dictionary, encoders: tuple[Rows, Rows]) -> CosinePairing:
    """Pair features by the cosine of the encoder rows that read them.

    Raises
    ------
    FeaturetopoError
        If there is not one encoder row for each feature, or the two live in spaces of different
        dimension.
    """
    for dictionary, rows in zip((a, b), encoders, strict=True):
        check_encoders(dictionary, rows)
    u, v = unit_pair(*encoders)
    return CosinePairing(u, v, np.arange(len(a)), BY_ENCODERS)


def check_encoders(x: Dictionary, rows: Rows) -> None:
    """Refuse encoder rows that are not those of the features of a dictionary."""
    n = len(unit_rows(rows, "encoder rows"))
    if n != len(x):
        raise FeaturetopoError(f"{n:,} encoder rows for {x!r}: give one per feature")


def _of_rows(found: Matching, rows: IntArray) -> Matching:
    """Return a matching of some features of a with their rows in it."""
    return replace(found, pairs=np.column_stack([rows[found.pairs[:, 0]], found.pairs[:, 1]]))


def _rows_of(names: Sequence[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    twice = set()
    for row, name in enumerate(names):
        if name in rows:
            twice.add(name)
        rows[name] = row
    return {name: row for name, row in rows.items() if name not in twice}
