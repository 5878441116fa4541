"""The page of linked views with as many features as an SAE has: seconds to make it and to use it.

    python benchmarks/explore.py [--n 24576] [--d 64]

Clustered features with their true diagram and Mapper graph; the picture is of two principal axes,
since UMAP's time is not what is asked about. The page is opened in Chromium (through chromedriver;
without it, only what Python does is measured): the first paint after the start of navigation, and
how long a selection takes until it is painted, from the event to the second frame after it.
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
MEASURE = """
const done = arguments[0];
const app = window.featuretopo;
const frame = () => new Promise(requestAnimationFrame);
(async () => {
  const [graph, scatter] = app.pictures;
  const all = app.sides[0].names.length;
  const timed = async (act) => {
    await frame();
    const start = performance.now();
    act();
    const script = performance.now() - start;
    await frame();
    await frame();
    return [script, performance.now() - start];
  };
  const sizes = graph.nodes.map((node) => node.length);
  const largest = sizes.indexOf(Math.max(...sizes));
  const half = Array.from({length: all / 2}, (_, i) => 2 * i);
  const acts = {
    "a node": () => graph.chooseItem(largest, "only"),
    "one feature": () => scatter.chooseItem(5, "only"),
    "half of all": () => scatter.choose(half, "half", "only"),
    "nothing": () => app.selection.clear(),
    "recolour": () => app.recolour("norm"),
  };
  const found = {};
  for (const [name, act] of Object.entries(acts)) {
    const runs = [];
    for (let i = 0; i < 5; i += 1) runs.push(await timed(act));
    found[name] = runs.sort((a, b) => a[1] - b[1])[2];
  }
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const painted = Number(document.documentElement.dataset.painted);
  done({painted, first: paint?.startTime, acts: found});
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
        (Arrangement("many", x, ft.persistence(x), (), (), ft.mapper(x), Embedding(xy, 0.5, 15)),)
    )


def call(path: str, body: Any = None, method: str = "POST") -> Any:
    """One command of the WebDriver protocol."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)["value"]


def in_browser(page: Path) -> Any:
    """Open the page and use it."""
    driver = subprocess.Popen(["chromedriver", f"--port={PORT}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(50):
            with suppress(OSError):
                call("/status", method="GET")
                break
            time.sleep(0.2)
        options = {"args": ["--headless=new", "--no-sandbox", "--window-size=1280,900"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        session = call("/session", {"capabilities": wanted})["sessionId"]
        call(f"/session/{session}/url", {"url": page.as_uri()})
        time.sleep(2)
        found = call(f"/session/{session}/execute/async", {"script": MEASURE, "args": []})
        call(f"/session/{session}", method="DELETE")
        return found
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
            return
        found = in_browser(page)
    print(
        f"painted {found['painted']:.0f} ms after navigation (first paint {found['first']:.0f} ms)"
    )
    for name, (script, painted) in found["acts"].items():
        print(f"{name:12s} script {script:5.0f} ms, painted after {painted:5.0f} ms")


if __name__ == "__main__":
    main()
