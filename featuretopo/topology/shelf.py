"""What has been computed of a dictionary, kept while the dictionary lives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from featuretopo.dictionary import Dictionary

T = TypeVar("T")

_shelves: WeakKeyDictionary[Dictionary, dict[Hashable, Any]] = WeakKeyDictionary()


def shelf_of(x: Dictionary) -> dict[Hashable, Any]:
    """Return the shelf of a dictionary: whatever is put there goes when the dictionary does.

    Examples
    --------
    >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0]])
    >>> shelf_of(x)["answer"] = 42
    >>> shelf_of(x)["answer"]
    42
    """
    return _shelves.setdefault(x, {})


def once(x: Dictionary, key: Hashable, make: Callable[[], T]) -> T:
    """Make something of a dictionary, or take it from its shelf.

    Examples
    --------
    >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0]])
    >>> once(x, "size", lambda: len(x)), once(x, "size", lambda: 0)
    (2, 2)
    """
    shelf = shelf_of(x)
    if key not in shelf:
        shelf[key] = make()
    found: T = shelf[key]
    return found
