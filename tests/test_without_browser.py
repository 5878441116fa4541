"""Without a browser the tests pass, and say what was not tried."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_what_needs_a_browser_is_left_out_loudly() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", HERE / "test_report_browser.py"],
        cwd=HERE.parent,
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout
    *_, heading, words, _ = ran.stdout.strip().split("\n")
    assert " NOT TESTED IN A BROWSER " in heading
    assert words.startswith("4 tests of pages and of the explorer were left out; install chromium")
