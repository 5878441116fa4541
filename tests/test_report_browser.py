"""The report in a real browser: nothing on its console, and the interactive figure comes up."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from report_example import example

from featuretopo.report.build import report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
    "--screenshot",
)
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


def console(page: Path, tmp_path: Path) -> list[str]:
    """Open a page and return what it wrote on the console."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (tmp_path / "screenshot.png").stat().st_size > 10_000, run.stderr
    return re.findall(r'CONSOLE[^"]*"(.*)", source:', run.stderr)


def test_the_console_stays_empty(tmp_path: Path) -> None:
    x = example()
    page = report(x.comparisons, tmp_path / "p.html", recoveries=x.recoveries, orders=x.orders)
    assert console(page, tmp_path) == []


def test_the_interactive_figure_draws_every_feature(tmp_path: Path) -> None:
    x = example()
    page = report([], tmp_path / "p.html", arrangements=x.arrangements[:2])
    digest = base64.b64encode(hashlib.sha256(CLICK.encode()).digest()).decode()
    html = page.read_text("utf-8").replace("script-src ", f"script-src 'sha256-{digest}' ")
    page.write_text(html.replace("</body>", f"<script>{CLICK}</script></body>"), "utf-8")
    assert console(page, tmp_path) == ["marks drawn: 430"]
