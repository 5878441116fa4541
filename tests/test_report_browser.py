"""The report in a real browser: nothing on its console, the interactive figure comes up, and
what is printed fits on paper."""

from __future__ import annotations

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
