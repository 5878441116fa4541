"""Every notebook runs, keeps its own asserts, and is the same as text and as a notebook."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXTS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_asserts_hold(text, monkeypatch):
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(text))


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_text_and_notebook_are_one(text):
    made = json.loads(text.with_suffix(".ipynb").read_text("utf-8"))
    written = [cell.partition("\n") for cell in text.read_text("utf-8").split("\n# %%")[1:]]
    assert len(made["cells"]) == len(written)
    for cell, (head, _, body) in zip(made["cells"], written, strict=True):
        kind = "markdown" if head == " [markdown]" else "code"
        lines = body.strip("\n").split("\n")
        if kind == "markdown":
            lines = [line.removeprefix("#").removeprefix(" ") for line in lines]
        assert (cell["cell_type"], "".join(cell["source"])) == (kind, "\n".join(lines))


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_knows_no_machine(text):
    words = text.with_suffix(".ipynb").read_text("utf-8")
    assert len(words) < 20_000
    cells = json.loads(words)["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    assert "/home/" not in words and "/tmp/" not in words
    assert any("assert " in "".join(cell["source"]) for cell in cells)
    assert text.stem in (ROOT / "notebooks" / "README.md").read_text("utf-8")
