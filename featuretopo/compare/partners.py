"""Finding partners: by codes, encoder rows, names or cosine, whichever is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import issparse

from featuretopo.compare.pairing import (
    BY_ENCODERS,
    BY_NAME,
    FEWEST,
    CodePairing,
    CosinePairing,
    NamePairing,
    Pairing,
)
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import Matching
from featuretopo.similarity.choice import DENSE, Method
from featuretopo.similarity.match import MUTUAL_BY_COSINE
from featuretopo.similarity.matching import matching
from featuretopo.similarity.nearest import BestMatches
from featuretopo.similarity.rows import IntArray, Rows, unit_pair, unit_rows


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
            "names in common (of digits alone they count as row numbers, which say nothing)"
            if many is None
            else f"{FEWEST} names in common (there are {many})"
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


def _rows_of(names: Sequence[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    twice = set()
    for row, name in enumerate(names):
        if name in rows:
            twice.add(name)
        rows[name] = row
    return {name: row for name, row in rows.items() if name not in twice}
