"""Recovery of the truth: counts per kind of shape, and one cell per shape and SAE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featuretopo.compare.recovery import Recovery
from featuretopo.compare.shape_recovery import ShapeRecovery
from featuretopo.report.wording import count, number, p_value, sentence, share


@dataclass(frozen=True, slots=True)
class Cell:
    """What one SAE kept of one shape."""

    passed: bool
    words: str
    detail: str
    tooltip: str


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """One shape of the truth; a cell is None where an SAE's truth has no such shape."""

    name: str
    kind: str
    n_features: int
    cells: tuple[Cell | None, ...]
    n_passed: int


def kinds(recoveries: Sequence[Recovery]) -> tuple[str, ...]:
    """Return the kinds of shapes that can be seen at all, in the order in which they come."""
    visible = (s for r in recoveries for s in r.shapes if s.expected != "nothing")
    return tuple(dict.fromkeys(shape.kind for shape in visible))


def kind_count(recovery: Recovery, kind: str) -> tuple[int, int]:
    """Return how many shapes of one kind were recovered, and of how many that can be seen."""
    of_kind = [s for s in recovery.shapes if s.kind == kind and s.expected != "nothing"]
    return sum(shape.recovered for shape in of_kind), len(of_kind)


def shape_rows(recoveries: Sequence[Recovery]) -> tuple[ShapeRow, ...]:
    """Return one row per shape, one cell per SAE."""
    by_name = [{shape.name: shape for shape in r.shapes} for r in recoveries]
    first = {shape.name: shape for r in reversed(recoveries) for shape in reversed(r.shapes)}
    names = dict.fromkeys(shape.name for r in recoveries for shape in r.shapes)
    rows = []
    for name in names:
        shapes = [of_sae.get(name) for of_sae in by_name]
        cells = tuple(None if shape is None else _cell(shape) for shape in shapes)
        passed = sum(cell is not None and cell.passed for cell in cells)
        rows.append(ShapeRow(name, first[name].kind, first[name].n_features, cells, passed))
    return tuple(rows)


def _cell(shape: ShapeRecovery) -> Cell:
    tooltip = (
        f"{sentence(shape.test)} Jaccard {number(shape.jaccard)}, {p_value(shape.p_value)}, "
        f"{share(shape.nearest_neighbour_pass_share)} of its features pass the "
        f"nearest-neighbour test, mean best cosine {number(shape.mean_max_cosine)}"
    )
    latents = count(shape.n_latents, "latent")
    if shape.expected == "nothing":  # no topology to see: the test is of single features
        words = f"{share(shape.nearest_neighbour_pass_share)} pass"
        detail = latents
    else:
        words = shape.expected if shape.recovered else f"{shape.expected} not seen"
        detail = f"J {shape.jaccard:.2f}, {latents}"
    return Cell(shape.recovered, words, detail, tooltip)
