"""Packet: what goes to a browser, as words and as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_KINDS = {"f": "<f4", "i": "<i4", "u": "<i4", "b": "<i4"}


@dataclass(frozen=True, slots=True)
class Packet:
    """Words as JSON, numbers as float32 and int32.

    Attributes
    ----------
    text : str
        JSON, plain ASCII: names may hold what UTF-8 cannot write. Its entry ``"arrays"`` says
        where in `data` each array lies: ``name: [kind, first byte, length]``.
    data : bytes
    failed : bool
        Whether it holds an error and nothing else.
    """

    text: str
    data: bytes
    failed: bool = False

    def for_widget(self) -> dict[str, Any]:
        """Return it as a trait's value: bytes travel as bytes."""
        return {"text": self.text, "data": self.data}


def packet(words: Mapping[str, object], arrays: Mapping[str, npt.ArrayLike]) -> Packet:
    """Pack words and arrays.

    Examples
    --------
    >>> packet({"title": "two"}, {"rows": [1, 2]}).text
    '{"title": "two", "arrays": {"rows": ["i", 0, 2]}}'
    """
    places: dict[str, tuple[str, int, int]] = {}
    parts: list[bytes] = []
    start = 0
    for name, given in arrays.items():
        array = np.asarray(given)
        kind = _KINDS[array.dtype.kind]
        flat = np.ascontiguousarray(array, kind).ravel()
        places[name] = (kind[1], start, len(flat))
        parts.append(flat.tobytes())
        start += flat.nbytes
    return Packet(json.dumps({**words, "arrays": places}, allow_nan=False), b"".join(parts))
