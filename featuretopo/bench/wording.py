"""What is wrong with a sweep's file, in the file's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from featuretopo.errors import did_you_mean

Place = tuple[str | int, ...]

_RULES = {
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "list_type": "must be a list",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text, in quotes",
    "finite_number": "must be finite",
}


def in_words(
    error: ValidationError,
    content: Mapping[str, Any],
    keys_at: Callable[[Sequence[str]], Sequence[str]],
) -> str:
    """Say what is wrong first, where, and what to do.

    Parameters
    ----------
    error : ValidationError
    content : mapping
        What the file says.
    keys_at : callable
        Returns the keys that a table may have, given its place.
    """
    found = [(_in_file(each, content), each) for each in error.errors()]
    of_first = [each for each in found if each[0][: len(found[0][0])] == found[0][0]]
    # of a value that may be one of two things, both are told: the one that got further is meant
    at, first = max(of_first, key=lambda each: len(each[0]))
    kind = first["type"]
    if kind == "extra_forbidden":
        *table, key = map(str, at)
        return _unknown(key, table, keys_at(table))
    where = ".".join(map(str, at))
    if kind == "missing":
        *table, key = map(str, at)
        if written := _meant(key, table, content, keys_at(table)):
            return _unknown(written, table, [key])
        return f"{where} is missing; add it"
    if kind in ("too_short", "list_too_short"):
        return f"{where} is empty, which leaves no cell: give it at least one entry"
    given = "" if isinstance(first["input"], dict) else f"={first['input']!r}"
    if kind == "string_pattern_mismatch":
        name = "a name is letters, digits, spaces and _ . , = + -, 80 at most, no path"
        return f"{where}{given}: {name}"
    rules = dict.fromkeys(
        _rule(each["type"], each["msg"]) for place, each in of_first if place == at
    )
    return f"{where}{given}: {' or '.join(rules)}"


def _unknown(key: str, table: Sequence[str], choices: Sequence[str]) -> str:
    return f"{'.'.join(table) or 'the sweep'} has no {key!r}{did_you_mean(key, choices)}"


def _meant(key: str, table: Sequence[str], content: Any, known: Sequence[str]) -> str | None:
    """Return the unknown key of a table that is near to one that it lacks."""
    for part in table:
        content = content[part]
    near = get_close_matches(key, [each for each in content if each not in known], n=1)
    return near[0] if near else None


def _in_file(error: Mapping[str, Any], content: Any) -> Place:
    """Leave out of a place what the file does not have: the names of the types that were tried."""
    place = []
    for part in error["loc"]:
        if isinstance(content, Mapping) and part in content:
            content = content[str(part)]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            continue
        place.append(part)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else tuple(place)


def _rule(kind: str, message: str) -> str:
    """Return what a value should be, in the words of TOML."""
    return _RULES.get(kind) or message[0].lower() + message[1:]
