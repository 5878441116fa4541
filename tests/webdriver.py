"""Chromium, told step by step what to do: the few WebDriver commands that tests of pages need."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import CHROMIUM

CHROMEDRIVER = shutil.which("chromedriver")
MISSING = "chromium or chromedriver is not installed"
HERE = CHROMIUM is not None and CHROMEDRIVER is not None
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 120.0  # seconds: what is waited for comes within a few, unless the machine is busy


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def command(self, path: str, **body: Any) -> Any:
        """Send one command of the protocol."""
        return _post(f"{self._session}/{path}", body)

    def tool(self, command: str, **parameters: Any) -> Any:
        """Send one command of the developer tools."""
        return self.command("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded, and the one before is gone."""
        self.command("execute/sync", script="window.before = true", args=[])
        self.command("url", url=url)
        # on a busy machine the driver may take the page before for the new one
        loaded = "return !window.before && document.readyState === 'complete'"
        end = time.monotonic() + PATIENCE
        while not self.command("execute/sync", script=loaded, args=[]):
            assert time.monotonic() < end, f"{url} does not load"
            time.sleep(0.1)  # between two looks

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of an async function in the page and return what it returns."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...arguments)"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));"
        )
        found = self.command("execute/async", script=wrapped, args=list(arguments))
        if "error" in found:
            raise AssertionError(f"in the page: {found['error']}")
        return found.get("value")

    def wait(self, script: str, *arguments: Any, why: Callable[[], str] | None = None) -> Any:
        """Run a script until what it returns is true, and return that; `why` tells of a failure."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(script, *arguments)):
            if time.monotonic() > end:
                shown = why() if why else self.run("return document.body.innerText.slice(0, 2000)")
                raise AssertionError(f"not so after {PATIENCE:g} s: {script}\n{shown}")
            time.sleep(0.1)  # between two looks
        return found

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Set the size of the window and the scheme of colours."""
        self.tool(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tool("Emulation.setEmulatedMedia", features=[scheme])

    def click(self, place: tuple[float, float]) -> None:
        """Move the mouse to a place in the window and press it."""
        x, y = map(round, place)
        mouse = [
            {"type": "pointerMove", "duration": 0, "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self.command("actions", actions=[{"type": "pointer", "id": "mouse", "actions": mouse}])

    def picture(self, path: Path) -> None:
        """Write what the window shows as PNG."""
        path.write_bytes(base64.b64decode(_get(f"{self._session}/screenshot")))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser of its own, with its profile in `folder`, and end it."""
    driver = subprocess.Popen(
        [str(CHROMEDRIVER), "--port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
    )
    try:
        assert driver.stdout is not None
        ports = (re.search(r"started successfully on port (\d+)", line) for line in driver.stdout)
        port = next(found[1] for found in ports if found)
        address = f"http://127.0.0.1:{port}/session"
        options = {
            "binary": CHROMIUM,
            "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "timeouts": {"script": 1000 * int(PATIENCE), "pageLoad": 1000 * int(PATIENCE)},
        }
        made = _post(address, {"capabilities": {"alwaysMatch": wanted}})
        session = f"{address}/{made['sessionId']}"
        try:
            yield Browser(session)
        finally:
            _send(urllib.request.Request(session, method="DELETE"))
    finally:
        driver.terminate()
        driver.wait()
        if driver.stdout is not None:
            driver.stdout.close()


def _post(url: str, body: dict[str, Any]) -> Any:
    return _send(urllib.request.Request(url, json.dumps(body).encode(), method="POST"))


def _get(url: str) -> Any:
    return _send(urllib.request.Request(url))


def _send(request: urllib.request.Request) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=2 * PATIENCE) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(json.load(error)["value"]["message"]) from None
