"""The page of linked views with as many features as an SAE has: seconds to make it and to use it.

    python benchmarks/explore.py [--n 24576] [--d 64]

Clustered features with their true diagram and Mapper graph; the picture is of two principal axes,
since UMAP's time is not what is asked about. The page is opened in Chromium (through chromedriver;
without it, only what Python does is measured): how long after the start of navigation all is
painted, and how long a selection takes, from the event to the second frame after it, the fastest of
five. Beside it the CPU time of the page's main thread, which other work on the machine disturbs
less.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import featuretopo as ft
from featuretopo.explore.page import explore_page
from featuretopo.explore.views import Subject
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.mapper import PCA

PORT = 9517
TIMES = 5
ACTS = {
    "a node": "graph.chooseItem(largest, 'only')",
    "one feature": "scatter.chooseItem(5, 'only')",
    "half of all": "scatter.choose(half, 'half', 'only')",
    "nothing": "app.selection.clear()",
    "recolour": "app.recolour('norm')",
}
PAINTED = """
const done = arguments[0];
const paint = performance.getEntriesByName("first-contentful-paint")[0];
const painted = Number(document.documentElement.dataset.painted);
if (painted) done([paint.startTime, painted]); else done(null);
"""
ACT = """
const [times, done] = arguments;
const app = window.featuretopo;
const [graph, scatter] = app.pictures;
const frame = () => new Promise(requestAnimationFrame);
const sizes = graph.nodes.map((node) => node.length);
const largest = sizes.indexOf(Math.max(...sizes));
const half = Array.from({ length: app.sides[0].names.length / 2 }, (_, i) => 2 * i);
(async () => {
  const runs = [];
  for (let i = 0; i < times; i += 1) {
    await frame();
    const start = performance.now();
    %s;
    await frame();
    await frame();
    runs.push(performance.now() - start);
  }
  done(Math.min(...runs));
})();
"""


def subject(n: int, d: int) -> Subject:
    """Clusters of 50 and as many lone features."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((n // 100, d))
    rows = rng.standard_normal((n, d))
    grouped = n // 2
    rows[:grouped] = centres[np.arange(grouped) % len(centres)] + 0.4 * rows[:grouped]
    labels = np.where(np.arange(n) < grouped, np.arange(n) % 20, -1)
    x = ft.Dictionary(rows, labels=labels, names=[f"feature {i}" for i in range(n)])
    xy = PCA(2).values(x)
    return Subject(
        (
            Arrangement(
                "many", x, ft.persistence(x), (), (), ft.mapper(x), Embedding(xy, 0.5, 15, 0.5)
            ),
        )
    )


def call(path: str, body: Any = None, method: str = "POST") -> Any:
    """One command of the WebDriver protocol."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)["value"]


def in_browser(page: Path) -> None:
    """Open the page, use it, and print how long that takes."""
    driver = subprocess.Popen(["chromedriver", f"--port={PORT}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(50):
            with suppress(OSError):
                call("/status", method="GET")
                break
            time.sleep(0.2)
        options = {"args": ["--headless=new", "--no-sandbox", "--window-size=1280,900"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        session = f"/session/{call('/session', {'capabilities': wanted})['sessionId']}"

        def run(script: str, *arguments: object) -> Any:
            return call(f"{session}/execute/async", {"script": script, "args": arguments})

        def tool(command: str, **parameters: object) -> Any:
            body = {"cmd": command, "params": parameters}
            return call(f"{session}/goog/cdp/execute", body)

        def cpu() -> float:
            found = tool("Performance.getMetrics")["metrics"]
            return 1000 * next(each["value"] for each in found if each["name"] == "TaskDuration")

        tool("Performance.enable", timeDomain="threadTicks")
        start = cpu()
        call(f"{session}/url", {"url": page.as_uri()})
        painted = None
        while painted is None:
            painted = run(PAINTED)
        print(f"{'':12s} painted after  CPU of the page")
        print(f"{'the page':12s} {painted[1]:10.0f} ms {cpu() - start:10.0f} ms")
        for name, act in ACTS.items():
            start = cpu()
            fastest = run(ACT % act, TIMES)
            print(f"{name:12s} {fastest:10.0f} ms {(cpu() - start) / TIMES:10.0f} ms")
        call(session, method="DELETE")
    finally:
        driver.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=24_576)
    parser.add_argument("--d", type=int, default=64)
    options = parser.parse_args()
    what = subject(options.n, options.d)
    print(what.sides[0].diagram)
    print(what.sides[0].mapper)
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = perf_counter(), process_time()
        page = explore_page(what, Path(folder) / "explore.html")
        cpu, size = process_time() - cpu, page.stat().st_size / 1e6
        print(f"page: {perf_counter() - start:.1f} s ({cpu:.1f} s of CPU), {size:.1f} MB")
        if shutil.which("chromedriver") is None:
            print("no chromedriver: what the browser does is not measured")
        else:
            in_browser(page)


if __name__ == "__main__":
    main()
