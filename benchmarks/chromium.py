"""Chromium, told what to do through chromedriver, for what is timed in a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

PORT = 9517
HERE = shutil.which("chromedriver") is not None


def call(path: str, body: Any = None, method: str = "POST") -> Any:
    """One command of the WebDriver protocol."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)["value"]


class Window:
    """One window, 1280 by 900."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._tool("Performance.enable", timeDomain="threadTicks")

    def open(self, url: str) -> None:
        """Go to a page."""
        call(f"{self._session}/url", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """Run the body of an async function in the page and return what it returns."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...arguments)"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));"
        )
        found = call(f"{self._session}/execute/async", {"script": wrapped, "args": arguments})
        if "error" in found:
            raise RuntimeError(f"in the page: {found['error']}")
        return found.get("value")

    def wait(self, script: str) -> Any:
        """Run a script until what it returns is true, for five minutes at most."""
        end = time.monotonic() + 300
        while not (found := self.run(script)):
            if time.monotonic() > end:
                raise RuntimeError(f"not so after five minutes: {script}")
            time.sleep(0.05)
        return found

    def cpu(self) -> float:
        """Milliseconds of CPU that the page's main thread has used."""
        found = self._tool("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in found if each["name"] == "TaskDuration")

    def _tool(self, command: str, **parameters: object) -> Any:
        body = {"cmd": command, "params": parameters}
        return call(f"{self._session}/goog/cdp/execute", body)


@contextmanager
def chromium() -> Iterator[Window]:
    """Start a browser of its own and end it."""
    driver = subprocess.Popen(["chromedriver", f"--port={PORT}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(50):
            with suppress(OSError):
                call("/status", method="GET")
                break
            time.sleep(0.2)
        options = {"args": ["--headless=new", "--no-sandbox", "--window-size=1280,900"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "timeouts": {"script": 300_000, "pageLoad": 300_000},
        }
        made = call("/session", {"capabilities": {"alwaysMatch": wanted}})
        session = f"/session/{made['sessionId']}"
        try:
            yield Window(session)
        finally:
            call(session, method="DELETE")
    finally:
        driver.terminate()
        driver.wait()
