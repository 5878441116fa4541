"""The files inside a page, taken out of it by a real browser; its links lead where they say."""

from __future__ import annotations

import csv
import gzip
import io
import time
from pathlib import Path

import pytest
import webdriver
from report_example import all_pairs
from webdriver import browser

from featuretopo.report.build import report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not webdriver.HERE, reason=webdriver.MISSING),
]


def test_files_come_out_whole_and_links_open_what_they_lead_to(tmp_path: Path) -> None:
    pairs = all_pairs([f"sae {i}" for i in range(8)], 40)
    page = report(pairs, tmp_path / "many.html", downloads={"results.json": '{"a": "\u00e9"}\n'})
    taken = tmp_path / "taken"
    taken.mkdir()
    with browser(tmp_path) as window:
        window.tool("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(taken))
        window.open(page.as_uri())
        for name in ("results.json", "measures.csv.gz"):
            window.run("document.querySelector(`a[download='${given[0]}']`).click()", name)
            end = time.monotonic() + webdriver.PATIENCE
            while not (taken / name).exists():
                assert time.monotonic() < end, f"{name} does not come: {list(taken.iterdir())}"
                time.sleep(0.1)  # between two looks
        window.run("document.querySelector('.lean').closest('details').open = true")
        window.run("document.querySelector('.lean a[href=\"#pair-3\"]').click()")
        window.wait("return document.getElementById('pair-3').open")
        assert window.run("return document.getElementById('pair-2').open") is False
    assert (taken / "results.json").read_text("utf-8") == '{"a": "\u00e9"}\n'
    rows = gzip.decompress((taken / "measures.csv.gz").read_bytes()).decode()
    found = list(csv.DictReader(io.StringIO(rows)))
    assert len(found) == sum(len(c.measures) for c in pairs)
