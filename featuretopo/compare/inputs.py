"""Inputs: what a comparison was made from besides its two dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from featuretopo.dictionary import Dictionary
from featuretopo.provenance import digest


@dataclass(frozen=True, slots=True)
class Inputs:
    """What else a comparison was made from, so that it can be made again.

    Attributes
    ----------
    seed : int
        Everything random came from it.
    draws : int
        Null draws of every figure.
    sha256 : mapping of str to str
        Of the codes, encoder rows and activations that were given, by what and whose they are.
    """

    seed: int
    draws: int
    sha256: Mapping[str, str]


def inputs_of(seed: int, draws: int, **given: tuple[Any, Any] | None) -> Inputs:
    """Digest what was given for two dictionaries, by its name.

    Examples
    --------
    >>> import numpy as np
    >>> list(inputs_of(0, 99, codes=None, activations=(np.eye(2), np.eye(2))).sha256)
    ['activations of a', 'activations of b']
    """
    found = {
        f"{name} of {side}": _digest(each)
        for name, pair in given.items()
        if pair is not None
        for side, each in zip("ab", pair, strict=True)
    }
    return Inputs(seed, draws, found)


def _digest(rows: Any) -> str:
    if isinstance(rows, Dictionary):
        return digest(rows.vectors)
    if not issparse(rows):
        return digest(np.asarray(rows))
    codes = csr_array(rows)
    parts = [codes.data, codes.indices.astype(np.int64), codes.indptr.astype(np.int64)]
    return digest(np.frombuffer("".join(map(digest, parts)).encode(), np.uint8))
