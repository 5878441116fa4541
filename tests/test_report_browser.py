"""The report in a real browser: nothing on its console, the interactive figure comes up, and
what is printed fits on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import webdriver
from browser import CHROMIUM, add_script, console
from report_example import all_pairs, example

from featuretopo.report.build import report

CLICK = """
addEventListener("load", () => {
  document.querySelector("#explorer button").click();
  const timer = setInterval(() => {
    const marks = document.querySelectorAll(".plot .point").length;
    if (marks) { clearInterval(timer); console.log(`marks drawn: ${marks}`); }
  }, 50);
});
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


def test_the_console_stays_empty(tmp_path: Path) -> None:
    x = example()
    page = report(x.comparisons, tmp_path / "p.html", recoveries=x.recoveries, orders=x.orders)
    assert console(page, tmp_path) == []


def test_the_interactive_figure_draws_every_feature(tmp_path: Path) -> None:
    x = example()
    page = report([], tmp_path / "p.html", arrangements=x.arrangements[:2])
    add_script(page, CLICK)
    assert console(page, tmp_path) == ["marks drawn: 430"]


@pytest.mark.skipif(not webdriver.HERE, reason=webdriver.MISSING)
def test_on_a_telephone_nothing_sticks_out_and_figures_can_be_read(tmp_path: Path) -> None:
    x = example()
    name = "decoder of layer 12 of the model " * 3
    pair = replace(x.comparisons[0], a=replace(x.comparisons[0].a, name=name))
    page = report([pair], tmp_path / "p.html")
    smallest = """
    return Math.min(...[...document.querySelectorAll("figure svg")]
      .filter((each) => each.querySelector("title").textContent.startsWith("Persistence images"))
      .map((each) => 11 * each.getBoundingClientRect().width / each.viewBox.baseVal.width));
    """
    with webdriver.browser(tmp_path) as window:
        window.look(390)
        window.open(page.as_uri())
        window.run("document.querySelector('#explorer button').click()")
        window.wait("return document.querySelectorAll('.plot .point').length > 0")
        sticking_out = (
            "const all = document.documentElement; return all.scrollWidth - all.clientWidth"
        )
        assert window.run(sticking_out) == 0
        assert 10 < window.run(smallest) < 12


@pytest.mark.skipif(not webdriver.HERE, reason=webdriver.MISSING)
def test_printed_nothing_is_wider_than_a_page(tmp_path: Path) -> None:
    x = example()
    pages = [
        report(x.comparisons[:1], tmp_path / "one.html"),
        report(x.comparisons, tmp_path / "all.html", recoveries=x.recoveries, orders=x.orders),
        report(all_pairs([f"sae {i}" for i in range(8)], 60), tmp_path / "survey.html"),
    ]
    wide = """
    for (const each of document.querySelectorAll("details")) each.open = true;
    return [...document.querySelectorAll("table, main > section > *")]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
      .map((each) => each.caption?.textContent ?? each.outerHTML.slice(0, 80));
    """
    with webdriver.browser(tmp_path) as window:
        for page in pages:
            window.look(718)  # A4 without margins of 1 cm
            window.open(page.as_uri())
            window.tool("Emulation.setEmulatedMedia", media="print", features=[])
            assert window.run(wide) == [], page.name
            window.tool("Emulation.setEmulatedMedia", media="", features=[])
