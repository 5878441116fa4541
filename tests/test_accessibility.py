"""What axe-core finds on the pages: nothing of weight, in any window and scheme of colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdriver
from explore_cases import lone, small
from report_example import all_pairs, example
from webdriver import Browser, browser

from featuretopo.compare import Step, learned
from featuretopo.dictionary import Dictionary
from featuretopo.explore.page import explore_page
from featuretopo.explore.views import Subject
from featuretopo.report.build import report
from featuretopo.similarity import match
from featuretopo.topology.mapper import mapper_stability, mapper_test

# both hold the engine as one script; the first is newer, and brings a driver of 46 MB with it
PACKAGES = ("axe_playwright_python", "axe_core_python")
AXE = next((name for name in PACKAGES if find_spec(name)), None)
WINDOWS = {
    "light": {"width": 1280},
    "light and narrow": {"width": 360},
    "dark": {"width": 1280, "dark": True},
}
MINOR = "minor"  # the least of axe-core's four grades, which may be as it is

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not webdriver.HERE, reason=webdriver.MISSING),
    pytest.mark.skipif(
        AXE is None, reason="axe-core is not installed: pip install axe-core-python"
    ),
]

CHECK = """
const { violations, passes } = await axe.run(document, { resultTypes: ["violations", "passes"] });
return [violations.map(({ id, impact, help, nodes }) => ({
  id, impact, help,
  nodes: nodes.slice(0, 3).map((n) => `${n.target.join(" ")}: ${n.failureSummary}`),
})), passes.length];
"""

OPEN = 'for (const each of document.querySelectorAll("details")) each.open = true;'

STATE = "return document.readyState + (document.querySelector('#explorer')?.outerHTML ?? '')"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def faults(
    window: Browser, page: Path, prepare: str = "", ready: str = "true"
) -> dict[str, list[Any]]:
    """Open a page in every window, bring up what is hidden, and return what is wrong with it."""
    found = {}
    engine = resources.files(str(AXE)).joinpath("axe.min.js").read_text("utf-8")
    for name, look in WINDOWS.items():
        window.look(**look)
        window.open(page.resolve().as_uri())
        window.run(prepare)
        window.wait(f"return {ready}", why=lambda: window.run(STATE))
        window.command("execute/sync", script=engine, args=[])
        violations, n_passes = window.run(CHECK)
        assert n_passes > 10  # it has looked
        found[name] = [each for each in violations if each["impact"] != MINOR]
    return {name: each for name, each in found.items() if each}


def test_the_check_finds_what_is_wrong(window: Browser, tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    words = '<h1>a</h1><h2>b</h2><p style="color: #ccc">pale</p><img src="data:,">'
    html = f'<!doctype html><html lang="en"><title>t</title><body><main>{words}</main>'
    page.write_text(html, "utf-8")
    found = faults(window, page)
    assert set(found) == set(WINDOWS)
    assert {each["id"] for each in found["dark"]} == {"color-contrast", "image-alt"}


def test_the_report(window: Browser, tmp_path: Path) -> None:
    x = example()
    kinds = {c.verdict.judgement: c for c in x.comparisons}
    page = report(
        list(kinds.values()),  # axe takes a second for each further pair
        tmp_path / "report.html",
        recoveries=x.recoveries,
        orders=x.orders,
        provenance={"seed": 0},
        downloads={"results.json": "{}"},
    )
    act = f'{OPEN}document.querySelector("#explorer button").click();'
    assert faults(window, page, act, 'document.querySelector(".plot .point")') == {}


def test_many_pairs_parameters_a_series_and_a_truth(window: Browser, tmp_path: Path) -> None:
    pairs = all_pairs([f"sae {i}" for i in range(8)], 60)
    side = small()
    page = report(
        pairs,
        tmp_path / "many.html",
        arrangements=[side],
        learned=[learned(Dictionary(np.eye(side.dictionary.d)), side.dictionary, name=side.name)],
        series=[
            Step(pairs[0].a, 1, 1, None, None, None, None),
            Step(pairs[0].b, 1, 1, 0.5, 2, 3, pairs[0]),
        ],
        mapper_tests={side.name: mapper_test(side.dictionary, draws=19, rng=0)},
        stabilities={side.name: mapper_stability(side.dictionary)},
    )
    act = """
    for (const inside of [".lean", "#learned ~ details p", "#sensitivity ~ details .grid"])
      document.querySelector(inside).closest("details").open = true;
    """
    assert faults(window, page, act) == {}


SELECT = (
    OPEN
    + 'if (featuretopo.sides[0].names.length > 20) featuretopo.selection.select(0, [2, 40], "")'
)
DRAWN = "featuretopo.pictures.every((picture) => picture.at)"


@pytest.mark.parametrize("sides", [1, 2])
def test_the_linked_views(window: Browser, tmp_path: Path, sides: int) -> None:
    shown = (small(), replace(small(seed=1), name="y"))[:sides]
    both = match(*(side.dictionary for side in shown), "mutual") if sides == 2 else None
    page = explore_page(Subject(shown, both), tmp_path / "explore.html")
    assert faults(window, page, SELECT, DRAWN) == {}


def test_linked_views_with_nothing_in_them(window: Browser, tmp_path: Path) -> None:
    page = explore_page(Subject((lone(),)), tmp_path / "explore.html")
    assert faults(window, page, SELECT, DRAWN) == {}
