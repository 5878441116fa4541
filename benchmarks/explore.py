"""The linked views with as many features as an SAE has: seconds to make them and to use them.

    python benchmarks/explore.py [--n 24576] [--d 64] [--jupyterlab]

Clustered features with their true diagram and Mapper graph; the picture is of two principal axes,
since UMAP's time is not what is asked about. The page is opened in Chromium (through chromedriver;
without it, only what Python does is measured): how long after the start of navigation all is
painted, and how long a selection takes, from the event to the second frame after it, the fastest of
five. Beside it the CPU time of the page's main thread, which other work on the machine disturbs
less.

With `--jupyterlab` the same is asked of the widget in a JupyterLab: from the running of the cell to
the paint, once with the making of the widget in it and once without, and how long after a selection
the kernel knows it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from chromium import HERE, Window, chromium
from lab import READY, jupyterlab

import featuretopo as ft
from featuretopo.explore.page import explore_page
from featuretopo.explore.views import Subject
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.mapper import PCA

TIMES = 5
ACTS = {
    "a node": "graph.chooseItem(largest, 'only')",
    "one feature": "scatter.chooseItem(5, 'only')",
    "half of all": "scatter.choose(half, 'half', 'only')",
    "nothing": "app.selection.clear()",
    "recolour": "app.recolour('norm')",
}
PAINTED = "return Number(document.documentElement.dataset.painted);"
ACT = """
const [times] = given;
const app = window.featuretopo;
const [graph, scatter] = app.pictures;
const frame = () => new Promise(requestAnimationFrame);
const unheard = () => window.model && model.get("_heard") < model.get("_asked");
const sizes = graph.nodes.map((node) => node.length);
const largest = sizes.indexOf(Math.max(...sizes));
const half = Array.from({ length: app.sides[0].names.length / 2 }, (_, i) => 2 * i);
const painted = [];
const heard = [];
for (let i = 0; i < times; i += 1) {
  await frame();
  const start = performance.now();
  %s;
  await frame();
  await frame();
  painted.push(performance.now() - start);
  while (unheard()) await new Promise((resolve) => setTimeout(resolve, 1));
  heard.push(performance.now() - start);
}
return [Math.min(...painted), Math.min(...heard)];
"""
# in a notebook: hands the views to these scripts, and keeps the moment in which they are painted
TOLD = """  Object.assign(window, { featuretopo: app, model });
  requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); }));
  app.serial ="""
CELLS = (
    """from pathlib import Path
from time import perf_counter
from explore import TOLD, subject
from featuretopo.explore.widget import Explorer
Explorer._esm = Explorer._esm.replace("  app.serial =", TOLD, 1)
what = subject({n}, {d})""",
    """start = perf_counter()
views = Explorer(what)
Path("seconds").write_text(f"{{perf_counter() - start:.3f}}")
views""",
    "views",
)
RUN = """
window.painted = undefined;
const start = performance.now();
await jupyterapp.commands.execute("notebook:run-cell-and-select-next");
while (given[0] && !window.painted) await new Promise((resolve) => setTimeout(resolve, 5));
return window.painted - start;
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


def use(window: Window) -> None:
    """Select this and that, and print how long it takes."""
    for name, act in ACTS.items():
        start = window.cpu()
        painted, heard = window.run(ACT % act, TIMES)
        told = f" {heard:10.0f} ms" if window.run("return Boolean(window.model)") else ""
        print(f"{name:12s} {painted:10.0f} ms {(window.cpu() - start) / TIMES:10.0f} ms{told}")


def as_page(page: Path) -> None:
    """Open the page, use it, and print how long that takes."""
    with chromium() as window:
        start = window.cpu()
        window.open(page.as_uri())
        painted = window.wait(PAINTED)
        print(f"{'':12s} painted after  CPU of the page")
        print(f"{'the page':12s} {painted:10.0f} ms {window.cpu() - start:10.0f} ms")
        use(window)


def in_notebook(n: int, d: int) -> None:
    """Show the widget in a JupyterLab, use it, and print how long that takes."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        jupyterlab(Path(name), [cell.format(n=n, d=d) for cell in CELLS]) as url,
        chromium() as window,
    ):
        window.open(url)
        window.wait(READY)
        window.run(RUN, False)
        print(f"{'':12s} painted after  CPU of the page  the kernel knows after")
        for words in ("made, shown", "shown again"):
            window.wait(READY)
            start = window.cpu()
            painted = window.run(RUN, True)
            print(f"{words:12s} {painted:10.0f} ms {window.cpu() - start:10.0f} ms")
        made = (Path(name) / "work" / "seconds").read_text()
        print(f"of the first, {made} s are the kernel's, in which it makes the widget")
        use(window)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=24_576)
    parser.add_argument("--d", type=int, default=64)
    parser.add_argument("--jupyterlab", action="store_true")
    options = parser.parse_args()
    if options.jupyterlab:
        in_notebook(options.n, options.d)
        return
    what = subject(options.n, options.d)
    print(what.sides[0].diagram)
    print(what.sides[0].mapper)
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = perf_counter(), process_time()
        page = explore_page(what, Path(folder) / "explore.html")
        cpu, size = process_time() - cpu, page.stat().st_size / 1e6
        print(f"page: {perf_counter() - start:.1f} s ({cpu:.1f} s of CPU), {size:.1f} MB")
        if HERE:
            as_page(page)
        else:
            print("no chromedriver: what the browser does is not measured")


if __name__ == "__main__":
    main()
