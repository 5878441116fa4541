"""The tables of docs/sweeps.md from the three sweeps in benchmarks/sweeps. Prints Markdown.

    for name in cooccurrence universality toy-2022; do
        featuretopo sweep run benchmarks/sweeps/$name.toml
    done
    python benchmarks/sweep_tables.py [--store runs/sweeps]

Sweeps that the store does not hold are left out. What is not finished is a dash.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from featuretopo.bench import collect, load_spec, open_store, plan
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.parameters import with_settings
from featuretopo.bench.sight import sights

_SPECS = Path(__file__).parent / "sweeps"
_SHORT = {
    "shapes_recovered": "shapes",
    "nearest_neighbour_pass_share": "pass",
    "distinct_share": "distinct",
    "merged_latents": "merged",
    "mmcs": "MMCS",
    "fvu": "FVU",
    "l0": "L0",
}

Rows = Sequence[Mapping[str, Any]]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a Markdown table."""
    head = list(head)
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def mean(rows: Rows, digits: str = ".2f", **which: Any) -> str:
    """Return the mean of the rows that are done, of what is asked for; a dash if there is none."""
    found = [
        row["value"]
        for row in rows
        if row["value"] is not None and all(row[name] == value for name, value in which.items())
    ]
    return format(statistics.fmean(found), digits) if found else "-"


def cooccurrence(rows: Rows) -> None:
    """What becomes of shapes, architecture by architecture, under each rule of firing."""
    kinds = sorted({row["part"] for row in rows if row["measure"] == "shapes_recovered"} - {""})
    known = [k for k in kinds if mean(rows, measure="shapes_recovered", part=k) != "-"]
    columns = [("shapes_recovered", kind) for kind in known]
    columns += [(name, "") for name in _SHORT if name != "shapes_recovered"]
    body = []
    for llm in dict.fromkeys(row["llm"] for row in rows):
        for sae in dict.fromkeys(row["sae"] for row in rows):
            own = [row for row in rows if (row["llm"], row["sae"]) == (llm, sae)]
            digits = {"merged_latents": ".0f", "l0": ".1f", "shapes_recovered": ".0%"}
            body.append(
                [llm.split("=", 1)[-1], sae]
                + [mean(own, digits.get(m, ".2f"), measure=m, part=p) for m, p in columns]
            )
    heads = [part or _SHORT[measure] for measure, part in columns]
    table(["fires", "SAE", *heads], body)


def universality(rows: Rows) -> None:
    """Which measures see what two LLMs share."""
    found = sights(rows)
    settings = list(dict.fromkeys(each.setting for each in found))
    by_place = {(each.measure, each.setting): each for each in found}
    body = []
    for name in dict.fromkeys(each.measure for each in found):
        cells = []
        for setting in settings:
            each = by_place.get((name, setting))
            if each is None:
                cells.append("-")
            elif not each.sees:
                cells.append("; ".join(word or "-" for word in each.words))
            else:
                values = ", ".join("-" if v is None else f"{v:.2f}" for v in each.values)
                fooled = f", fooled {each.fooled[0]}" if each.fooled[0] else ""
                cells.append(f"{values} ({each.sees}{fooled})")
        body.append([MEASURES[name].title, *cells])
    table(["measure", *settings], body)


def toy_2022(rows: Rows) -> None:
    """MMCS by sparsity and width, and how many latents are dead."""
    widths = sorted({row["width"] for row in rows})
    for measure, digits in (("mmcs", ".2f"), ("dead_share", ".0%"), ("l0", ".1f")):
        print(f"{MEASURES[measure].title}:\n")
        body = [
            [f"{alpha:g}"]
            + [mean(rows, digits, measure=measure, sparsity=alpha, width=w) for w in widths]
            for alpha in sorted({row["sparsity"] for row in rows})
        ]
        table(["alpha", *(f"{width:,} latents" for width in widths)], body)


def main() -> None:
    """Print the tables of whatever is in the store."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--store", default="runs/sweeps")
    store = open_store(options.parse_args().store)
    kinds = {"cooccurrence": cooccurrence, "universality": universality, "toy-2022": toy_2022}
    for name, show in kinds.items():
        spec = load_spec(_SPECS / f"{name}.toml")
        rows = with_settings(spec, collect(plan(spec), store).to_pylist())
        if any(row["status"] == "done" for row in rows):
            print(f"## {spec.name}\n")
            show(rows)


if __name__ == "__main__":
    main()
