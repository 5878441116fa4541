"""Every notebook runs, keeps its own asserts, and is the same as text and as a notebook."""

from __future__ import annotations

import atexit
import builtins
import json
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
TEXTS = sorted((ROOT / "notebooks").glob("*.py"))


class Shell(InteractiveShell):
    """Runs cells as a kernel does: the last expression of each is made ready to be shown.

    IPython prints the error of an object that cannot be shown, and goes on; here it is raised.
    """

    def __init__(self, **given):
        super().__init__(**given)
        self.unshown = []

    def showtraceback(self, exc_tuple=None, *_, **__):
        self.unshown.append(self._get_exc_info(exc_tuple)[1])

    def run(self, cell):
        self.run_cell(cell).raise_error()
        for error in self.unshown:
            raise error


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # a shell puts its packages on the path
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    before = set(vars(builtins))
    config = Config({"HistoryManager": {"enabled": False}})
    made = Shell.instance(ipython_dir=str(tmp_path), config=config)
    yield made
    Shell.clear_instance()
    made.reset(new_session=False)
    atexit.unregister(made.atexit_operations)
    for name in vars(builtins).keys() - before:
        delattr(builtins, name)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_notebook_runs_is_shown_and_its_asserts_hold(text, shell):
    for cell in json.loads(text.with_suffix(".ipynb").read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run("".join(cell["source"]))


def test_what_fails_in_a_cell_or_cannot_be_shown_is_noticed(shell):
    shell.run("class Odd:\n    def _repr_html_(self):\n        return 1 / 0\n\nodd = Odd()")
    with pytest.raises(AssertionError):
        shell.run("assert odd is None")
    shell.unshown.clear()
    with pytest.raises(ZeroDivisionError):
        shell.run("odd")


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
