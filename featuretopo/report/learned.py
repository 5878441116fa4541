"""What dictionaries have of a truth, by the names of their latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.learned import Learned, spurious_partners
from featuretopo.report.wording import shortened_pair
from featuretopo.topology.arrangement import Arrangement

_MOST = 40  # letters of the names of two partners


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """One dictionary against the truth.

    Attributes
    ----------
    found : Learned
    latents : tuple of (str, tuple of str)
        Each kind of latent without a true feature of its own, and the names of those.
    """

    found: Learned
    latents: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SharedSpurious:
    """Latents of two dictionaries that are partners and both spurious.

    Attributes
    ----------
    a, b : str
        The dictionaries.
    most : int
        How many there could be.
    names : tuple of str
        Of each pair.
    """

    a: str
    b: str
    most: int
    names: tuple[str, ...]


def learned_rows(
    found: Sequence[Learned], arrangements: Sequence[Arrangement]
) -> tuple[LearnedRow, ...]:
    """Return a row for each dictionary; latents of one that is not on the page go by their row."""
    return tuple(
        LearnedRow(
            each,
            tuple(
                (kind, tuple(_names(each.name, rows, arrangements)))
                for kind, rows in (
                    ("spurious", each.spurious),
                    ("mixed", each.mixed),
                    ("merged", each.merged),
                )
                if rows
            ),
        )
        for each in found
    )


def shared_spurious(
    found: Sequence[Learned], comparisons: Sequence[Comparison]
) -> tuple[SharedSpurious, ...]:
    """Return what is spurious on both sides of each pair of which both are known."""
    known = {each.name: each for each in found}
    shared = []
    for pair in comparisons:
        a, b = known.get(pair.a.name), known.get(pair.b.name)
        if a is None or b is None or pair.matching is None:
            continue
        both = spurious_partners(pair.matching.pairs.tolist(), a, b)
        of_a, of_b = pair.a.dictionary.names, pair.b.dictionary.names
        shared.append(
            SharedSpurious(
                a.name,
                b.name,
                min(len(a.spurious), len(b.spurious)),
                tuple(shortened_pair((of_a[i], of_b[j]), _MOST) for i, j in both),
            )
        )
    return tuple(shared)


def _names(name: str, rows: Sequence[int], arrangements: Sequence[Arrangement]) -> list[str]:
    side = next((each for each in arrangements if each.name == name), None)
    return [str(row) if side is None else side.dictionary.names[row] for row in rows]
