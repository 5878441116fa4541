"""What varies in a sweep: the parameter that a measure is drawn against, and what tells curves."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from featuretopo.bench.measures import MEASURES
from featuretopo.bench.spec import Spec, variants
from featuretopo.report.curve_figure import Curve, Spot

Rows = Sequence[Mapping[str, Any]]

_OF_LLM = ("overlap", "noise")
_OF_SAE = ("sparsity", "width")
_MOST_CURVES = 6


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves that are drawn into one picture.

    Attributes
    ----------
    title : str
        What they have in common and other panels do not.
    curves : tuple of Curve
    """

    title: str
    curves: tuple[Curve, ...]


def with_settings(spec: Spec, rows: Rows) -> list[dict[str, Any]]:
    """Add to each row its LLM's overlap and noise, and `setting`: the LLM's name without them.

    An LLM that is no pair has no overlap.
    """
    about = {}
    for name, llm in spec.llm.items():
        for label, full in variants(name, llm):
            setting = label
            for key in _OF_LLM:
                if isinstance(getattr(llm, key), list):
                    setting = re.sub(rf" {key}=\S+", "", setting)
            about[label] = {
                "setting": setting,
                "noise": float(full["noise"]),
                "overlap": None if full["differ"] is None else float(full["overlap"]),
            }
    return [dict(row) | about[row["llm"]] for row in rows]


def parameter_of(measure: str, rows: Rows) -> str | None:
    """Return what a measure is drawn against; None if nothing that is a number varies.

    Of a pair that is how much the two share; of an SAE, how sparse or how wide it is.

    Parameters
    ----------
    measure : str
    rows : sequence of mappings
        As :func:`with_settings` gives them.
    """
    of_pair = MEASURES[measure].stage == "comparison"
    for name in (*_OF_LLM, *_OF_SAE) if of_pair else (*_OF_SAE, *_OF_LLM):
        # the sparsities of two architectures are no two values of one parameter
        seen = {
            (row["sae"] if name == "sparsity" else "", row[name])
            for row in rows
            if row[name] is not None
        }
        if len(seen) > len({sae for sae, _ in seen}):
            return name
    return None


def panels(measure: str, rows: Rows) -> tuple[str, tuple[Panel, ...]]:
    """Arrange a measure as curves over a parameter, means over seeds with least and largest.

    Parameters
    ----------
    measure : str
    rows : sequence of mappings
        As :func:`with_settings` gives them.

    Returns
    -------
    parameter : str
        Empty where nothing that is a number varies.
    panels : tuple of Panel
    """
    own = [r for r in rows if r["measure"] == measure and not r["part"] and r["value"] is not None]
    x = parameter_of(measure, own)
    if x is None:
        return "", ()
    own = [row for row in own if row[x] is not None]
    others = ["world", "setting", *_OF_LLM, "sae", *_OF_SAE]
    varies = [n for n in others if n != x and len({row[n] for row in own}) > 1]
    beside_null = any(row["null_low"] is not None for row in own)
    # bands of chance that lie over each other cannot be read: then each curve has its own panel
    along = "" if beside_null else _told_apart_by(varies, own, x)
    apart = [name for name in varies if name != along]
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in own:
        title = ", ".join(_word(name, row[name]) for name in apart if row[name] is not None)
        curves = found.setdefault(title, {})
        curves.setdefault(_word(along, row[along]) if along else measure, []).append(row)
    return x, tuple(
        Panel(title, tuple(_curve(name, of_one, x) for name, of_one in curves.items()))
        for title, curves in found.items()
    )


def _told_apart_by(varies: Sequence[str], rows: Rows, x: str) -> str:
    """Choose what the curves of one panel differ in: as many as can be told apart."""
    able = [name for name in varies if x != "sparsity" or name != "sae"]
    sizes = {name: len({row[name] for row in rows}) for name in able}
    few = [name for name in able if sizes[name] <= _MOST_CURVES]
    return max(few, key=lambda name: sizes[name], default="")


def _word(name: str, value: Any) -> str:
    if value is None:
        return "one LLM"  # which has no overlap
    words = {"width": "{:,} latents", "overlap": "overlap {:g}", "noise": "noise {:g}"}
    return words.get(name, "{:g}" if name == "sparsity" else "{}").format(value)


def _curve(name: str, rows: Rows, x: str) -> Curve:
    at: dict[float, list[Mapping[str, Any]]] = {}
    for row in rows:
        at.setdefault(float(row[x]), []).append(row)
    return Curve(name, tuple(_spot(value, at[value]) for value in sorted(at)))


def _spot(x: float, rows: Rows) -> Spot:
    values = [row["value"] for row in rows]
    mean, low, high = statistics.fmean(values), min(values), max(values)
    if len(rows) == 1 and rows[0]["low"] is not None:
        low, high = rows[0]["low"], rows[0]["high"]
    nulls = [(r["null_low"], r["null_high"]) for r in rows if r["null_low"] is not None]
    null = (
        (statistics.fmean(a for a, _ in nulls), statistics.fmean(b for _, b in nulls))
        if nulls
        else None
    )
    return Spot(x, mean, low, high, null)
