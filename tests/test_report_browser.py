"""The report in a real browser: nothing on its console, and the interactive figure comes up."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import CHROMIUM, add_script, console
from report_example import example

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
