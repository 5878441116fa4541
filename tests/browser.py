"""A real browser, without a window, for the tests of pages; none is needed for the others."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

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


def console(page: Path, tmp_path: Path, *flags: str) -> list[str]:
    """Open a page and return what it wrote on the console."""
    own = (*FLAGS, *flags, f"--user-data-dir={tmp_path / 'profile'}")
    command = [str(CHROMIUM), *own, page.resolve().as_uri()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (tmp_path / "screenshot.png").stat().st_size > 10_000, run.stderr
    return re.findall(r'CONSOLE[^"]*"(.*)", source:', run.stderr)


def add_script(page: Path, script: str) -> None:
    """Let a page that allows its own scripts alone run one more, at its end."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = page.read_text("utf-8").replace("script-src ", f"script-src 'sha256-{digest}' ")
    added = f'<script type="module">{script}</script></body>'
    page.write_text(html.replace("</body>", added), "utf-8")
