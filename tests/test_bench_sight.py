"""Which measures see what two LLMs share: told from rows whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from featuretopo.bench.sight import sights


def rows(measure: str, values: Sequence[Sequence[float]], **changes: Any) -> list[dict[str, Any]]:
    """One row for each overlap (0, then evenly up to 1) and seed."""
    overlaps = [number / (len(values) - 1) for number in range(len(values))]
    return [
        {
            "measure": measure, "setting": "here", "overlap": overlap, "value": value, "p": 0.5,
            "note": "", "side": "ab", "status": "done",
        } | changes
        for overlap, of_seeds in zip(overlaps, values, strict=True)
        for value in of_seeds
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "values", "expected"),
    [
        ("cka", [[0.1, 0.2], [0.4, 0.3], [0.9, 0.8]], "every step"),
        ("cka", [[0.1, 0.3], [0.3, 0.3], [0.9, 0.8]], "the ends"),
        ("cka", [[0.1, 0.5], [0.3, 0.3], [0.4, 0.8]], "nothing"),
        ("cka", [[0.9, 0.8], [0.4, 0.3], [0.1, 0.2]], "nothing"),
        ("rtd", [[0.9, 0.8], [0.4, 0.3], [0.1, 0.2]], "every step"),
    ],
)
def test_a_measure_sees_what_no_seed_contradicts(
    measure: str, values: list[list[float]], expected: str
) -> None:
    (found,) = sights(rows(measure, values))
    assert found.sees == expected
    assert found.overlaps == (0, 0.5, 1)
    assert found.values == pytest.approx([sum(each) / 2 for each in values])


def test_found_is_where_most_is_shared_and_fooled_where_nothing_is() -> None:
    table = rows("cka", [[0.1] * 4, [0.9] * 4])
    for row, p in zip(table, (0.01, 0.5, 0.5, None, 0.01, 0.05, 0.06, 0.2), strict=True):
        row["p"] = p
    (found,) = sights(table)
    assert (found.found, found.fooled) == ((2, 4), (1, 3))
    (found,) = sights([row | {"overlap": row["overlap"] + 1} for row in table])
    assert found.fooled == (0, 0)


def test_verdicts_are_counted_and_what_failed_is_left_out() -> None:
    table = rows("verdict", [[0.0] * 3, [0.0] * 3], value=None, note="shared")
    table[0]["note"] = "cannot tell"
    table[1]["status"] = "failed"
    (found,) = sights(table)
    assert (found.sees, found.words) == ("", ("cannot tell, shared", "shared (3)"))


def test_one_overlap_shows_nothing() -> None:
    assert sights(rows("cka", [[0.5], [0.6]], overlap=1.0)) == ()
