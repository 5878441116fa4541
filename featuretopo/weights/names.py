"""What an SAE's features are called: files of labels, in whatever order they stand."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from featuretopo.errors import FeaturetopoError

_SAID_BY = ("description", "label", "name", "explanation")


def read_names(path: str | os.PathLike[str], n: int) -> tuple[str, ...]:
    """Read one name per feature; a feature without one is called by its row number.

    Parameters
    ----------
    path : path
        ``.json``: a list of strings, one per feature; a mapping of row numbers to strings; or a
        list of objects with an ``index`` and a ``description`` (``label``, ``name``,
        ``explanation``), in any order, as Neuronpedia exports them. ``.jsonl``: such objects, one a
        line. ``.csv``: a table with such columns. Of several names of one feature, the first holds.
    n : int
        Number of features.

    Raises
    ------
    FeaturetopoError
        If the file cannot be read, is of another kind, names a feature that is not there, or is a
        list of another length.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels.json"
    >>> _ = path.write_text('[{"index": "2", "description": "days"}]')
    >>> read_names(path, 3)
    ('0', '1', 'days')
    """
    source, shown = Path(path), os.fspath(path)
    readers: dict[str, Callable[[str], Any]] = {
        ".json": json.loads,
        ".jsonl": _lines,
        ".csv": _table,
    }
    if source.suffix not in readers:
        raise FeaturetopoError(f"{shown}: names are read from {', '.join(readers)} files")
    try:
        content = readers[source.suffix](source.read_text("utf-8-sig"))
    except OSError as error:
        raise FeaturetopoError(f"{shown}: {error.strerror}; give the path of a file") from error
    except (ValueError, RecursionError, csv.Error) as error:
        raise FeaturetopoError(
            f"{shown}: is no {source.suffix[1:]} in UTF-8 that can be read ({error}): mend the "
            "file, or write it again if it was cut short"
        ) from error
    try:
        return _names(content, n)
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{shown}: {error}") from error


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def _table(text: str) -> list[dict[str, Any]]:
    # strict: a quotation that is never closed would take all names after it into one
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def _names(content: Any, n: int) -> tuple[str, ...]:
    if _is_plain(content):
        for i, each in enumerate(content):
            if not isinstance(each, str):
                raise FeaturetopoError(
                    f"name {i} is {json.dumps(each)[:80]}: a list of names has a string for each "
                    'feature, "" for one without'
                )
        if len(content) != n:
            raise FeaturetopoError(
                f"{len(content):,} names for {n:,} features: give one per feature, or objects "
                "with an index"
            )
        return tuple(content)
    names = [str(row) for row in range(n)]
    known: set[int] = set()
    for row, name in _pairs(content):
        if not 0 <= row < n:
            raise FeaturetopoError(f"names feature {row}, but there are {n:,}: of another SAE?")
        if row not in known:
            names[row] = name
            known.add(row)
    return tuple(names)


def _is_plain(content: Any) -> bool:
    """Tell whether it is meant as a list of strings: some are, and none has an index."""
    return (
        isinstance(content, list)
        and any(isinstance(each, str) for each in content)
        and not any(isinstance(each, Mapping) for each in content)
    )


def _pairs(content: Any) -> Iterable[tuple[int, str]]:
    if isinstance(content, Mapping):
        return [(_row(key), _word(value)) for key, value in content.items()]
    if not isinstance(content, list) or not content:
        raise FeaturetopoError("holds no names: give a list of strings, or objects with an index")
    found = []
    for each in content:
        said = [key for key in _SAID_BY if isinstance(each, Mapping) and key in each]
        if not said or "index" not in each:
            raise FeaturetopoError(
                f"{json.dumps(each)[:80]} has no 'index' or none of {', '.join(_SAID_BY)}"
            )
        found.append((_row(each["index"]), _word(each[said[0]])))
    return found


def _row(value: Any) -> int:
    if isinstance(value, int | str) and str(value).strip().isdecimal():
        return int(value)
    raise FeaturetopoError(f"index {value!r} must be a row number")


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise FeaturetopoError(f"name {value!r} must be a string")
