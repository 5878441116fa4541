"""The explorer in a real JupyterLab: what is done in the page, and what the kernel sees of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import webdriver
from explore_cases import small
from webdriver import Browser, browser

TESTS = Path(__file__).parent
TOKEN = "of-this-test"
CELL = (
    "import featuretopo as ft\nfrom explore_cases import small\nviews = ft.explore(small())\nviews"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not webdriver.HERE, reason=webdriver.MISSING),
    pytest.mark.skipif(find_spec("jupyterlab") is None, reason="jupyterlab is not installed"),
    pytest.mark.skipif(find_spec("anywidget") is None, reason="anywidget is not installed"),
]


@dataclass(frozen=True)
class Lab:
    """A server with one notebook, open in a window."""

    url: str
    window: Browser
    runtime: Path

    def rest(self, path: str, method: str = "GET") -> Any:
        """Ask the server itself."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        with urllib.request.urlopen(request, timeout=webdriver.PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def kernel(self, expression: str) -> Any:
        """What an expression is in the notebook's kernel, which another client may ask too."""
        from jupyter_client.blocking import BlockingKernelClient

        [file] = self.runtime.glob("kernel-*.json")
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=webdriver.PATIENCE)
            asked = {"it": f"__import__('json').dumps({expression})"}
            reply = client.execute(
                "", user_expressions=asked, reply=True, timeout=webdriver.PATIENCE
            )
            found = reply["content"]["user_expressions"]["it"]
            assert found["status"] == "ok", found
            return json.loads(found["data"]["text/plain"][1:-1])
        finally:
            client.stop_channels()

    def wait_for_kernel(self, expression: str, value: object) -> None:
        """Wait until an expression has a value in the kernel."""
        end = time.monotonic() + webdriver.PATIENCE
        while (found := self.kernel(expression)) != value:
            assert time.monotonic() < end, f"{expression} is {found!r}, not {value!r}"
            time.sleep(0.1)  # between two looks


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """JupyterLab with all its files in `folder`, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, **places, "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": path}
    settings = (
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder / 'work'}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    with (folder / "server.log").open("w") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *settings],
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            end = time.monotonic() + webdriver.PATIENCE
            while True:
                try:
                    urllib.request.urlopen(f"{url}/api", timeout=webdriver.PATIENCE).close()
                    break
                except OSError:
                    said = (folder / "server.log").read_text()
                    assert run.poll() is None and time.monotonic() < end, said
                    time.sleep(0.1)  # between two looks
            yield url
        finally:
            run.terminate()
            run.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "work").mkdir()
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = {"cell_type": "code", "id": "views", "metadata": {}, "execution_count": None,
            "outputs": [], "source": CELL}  # fmt: skip
    notebook = {"cells": [cell], "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    (folder / "work" / "views.ipynb").write_text(json.dumps(notebook), "utf-8")
    with server(folder) as url, browser(folder) as window:
        window.look(1280, 1400)
        window.open(f"{url}/lab/tree/views.ipynb?token={TOKEN}")
        window.wait(READY)
        window.run('await jupyterapp.commands.execute("notebook:run-all-cells")')
        window.wait("return document.querySelector('.featuretopo-explore tbody tr[data-row]')")
        yield Lab(url, window, folder / "runtime")


READY = """
const open = window.jupyterapp ? [...jupyterapp.shell.widgets("main")] : [];
const panel = open.find((each) => each.context?.path === "views.ipynb");
if (panel?.sessionContext.session?.kernel?.status !== "idle") return false;
jupyterapp.shell.activateById(panel.id);
return true;
"""
SHOWN = """
const root = document.querySelector(".featuretopo-explore");
const text = (words) => root.querySelector(words).textContent;
const shown = {
  rows: [...root.querySelectorAll("tbody tr[data-row]")].map((line) => Number(line.dataset.row)),
  status: text(".status"), state: text(".state"), caption: text("figcaption"),
  lost: root.querySelector(".lost").hidden ? null : text(".lost"),
  stale: root.querySelector(".stale") !== null,
};
"""
NODE = """
const over = document.querySelector(".featuretopo-explore .over");
over.scrollIntoView({ block: "center" });
"""


ARROW_RIGHT = "\ue014"


def press(window: Browser, key: str) -> None:
    keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
    window.command("actions", actions=[{"type": "key", "id": "keys", "actions": keys}])


def place_of_first_node(window: Browser) -> tuple[float, float]:
    """Where node 0 of the graph is in the window: where its tip stands when it is stepped on."""
    window.run(f"{NODE} over.focus()")
    press(window, ARROW_RIGHT)
    return tuple(
        window.run(
            f"""{NODE}
            const tip = over.parentElement.querySelector(".tip");
            const box = over.getBoundingClientRect();
            if (!tip.textContent.startsWith("node 0:")) throw tip.textContent;
            const {{ top, left, right }} = tip.style;
            return [
              left ? box.left + parseFloat(left) : box.right - parseFloat(right),
              box.top + parseFloat(top) - 14,
            ];"""
        )
    )


def test_page_and_kernel_see_the_same(lab: Lab) -> None:
    window = lab.window
    members = small().mapper.members[0].tolist()
    assert len(members) < 15  # all in view in the table
    window.click(place_of_first_node(window))
    shown = window.wait(f"{SHOWN} return shown.status.includes('(node 0)') && shown")
    assert shown["rows"] == members
    assert f"Selected: {len(members)} of 59 features" in shown["status"]
    lab.wait_for_kernel("views.selection.tolist()", members)

    lens = 'const lens = document.querySelector(".featuretopo-explore fieldset select");'
    change = 'lens.dispatchEvent(new Event("input", { bubbles: true }));'
    assert "PCA(n_components=2)" in shown["caption"]
    window.run(f"{lens} lens.value = 'pca1'; {change}")
    shown = window.wait(f"{SHOWN} return shown.state === 'up to date' && shown")
    assert "first principal axis" in shown["caption"] and not shown["stale"]
    assert shown["lost"] is None

    window.run(
        'document.querySelectorAll(".featuretopo-explore tbody tr[data-row]")[1].firstChild.click()'
    )
    lab.wait_for_kernel("views.selection.tolist()", members[1:2])


def test_a_lost_kernel_is_told_in_place(lab: Lab) -> None:
    window = lab.window
    before = window.run(f"{SHOWN} return shown")
    [kernel] = lab.rest("kernels")
    lab.rest(f"kernels/{kernel['id']}", "DELETE")
    window.click(place_of_first_node(window))
    shown = window.wait(f"{SHOWN} return shown.lost && shown")
    assert shown["lost"].startswith("The kernel does not answer: it is busy, or gone.")
    assert "run the cell again" in shown["lost"]
    assert "(node 0)" in shown["status"] and shown["rows"] != before["rows"]
    assert window.run(
        'return document.querySelector(".featuretopo-explore .lost").checkVisibility()'
    )
