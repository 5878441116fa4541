"""Where the numbers come from, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from featuretopo.compare.comparison import Comparison
from featuretopo.provenance import digest, surroundings
from featuretopo.report.wording import count
from featuretopo.topology.arrangement import Arrangement


def origin(
    given: Mapping[str, object],
    comparisons: Sequence[Comparison],
    arrangements: Sequence[Arrangement],
) -> dict[str, object]:
    """Return what made a page: what the caller says of it, and what can be seen without him.

    Parameters
    ----------
    given : mapping of str to object
        Of an entry that can be seen as well, this is kept.
    comparisons : sequence of Comparison
        With seed, draws and the digests of what else each was made from, where that is known.
    arrangements : sequence of Arrangement
        Those whose vectors are digested.
    """
    seen: dict[str, object] = {
        "made by": "ft.report, called from Python: the same call makes the page again",
        **surroundings(),
        "vectors_sha256": {a.name: digest(a.dictionary.vectors) for a in arrangements},
        "compared": _compared(comparisons),
    }
    if "command" in given:
        del seen["made by"]
    return {**given, **{key: value for key, value in seen.items() if key not in given}}


def _compared(comparisons: Sequence[Comparison]) -> dict[str, object]:
    """Of pairs that were made from the same, once."""
    found: dict[str, object] = {}
    same: dict[tuple[int, int], int] = {}
    for c in comparisons:
        if c.inputs is None:
            continue
        made = (c.inputs.seed, c.inputs.draws)
        same[made] = same.get(made, 0) + 1
        if c.inputs.sha256:
            found[f"{c.a.name} / {c.b.name}, sha256"] = dict(c.inputs.sha256)
    made_with = [
        f"{draws} draws, seed {seed} ({count(n, 'pair')})" for (seed, draws), n in same.items()
    ]
    return {**({"nulls": "; ".join(made_with)} if made_with else {}), **found}


def provenance_rows(about: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested facts into (key, value) rows.

    Examples
    --------
    >>> list(provenance_rows({"seed": 0, "versions": {"numpy": "1.26.4"}}))
    [('seed', '0'), ('versions.numpy', '1.26.4')]
    """
    for key, value in about.items():
        if isinstance(value, Mapping):
            yield from provenance_rows(value, f"{prefix}{key}.")
        elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            yield f"{prefix}{key}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{key}", str(value)
