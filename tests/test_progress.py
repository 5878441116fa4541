"""Progress: told to a callable, shown as a bar where somebody watches, else silent."""

import io
import sys

import pytest
from training_cases import MODEL, SMALL, one_thread  # noqa: F401

from featuretopo.progress import bars, watched
from featuretopo.sae import TopK, grid, train, train_ensemble


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self):
        return True


def run_train(progress):
    train(MODEL, TopK(2), **SMALL, progress=progress)


def run_ensemble(progress):
    given = {name: value for name, value in SMALL.items() if name != "n_latents"}
    train_ensemble(MODEL, grid([TopK(2)], [20]), **given, progress=progress)


RUNS = pytest.mark.parametrize("run", [run_train, run_ensemble])


@RUNS
def test_a_bar_counts_the_steps_where_somebody_watches(run, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    run(True)
    assert "training" in screen.getvalue()
    assert "30/30" in screen.getvalue()


@RUNS
def test_silent_when_nobody_watches_or_nobody_asked(run, monkeypatch, capsys):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    run(True)
    assert capsys.readouterr() == ("", "")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    run(False)
    assert screen.getvalue() == ""


@RUNS
def test_a_callable_is_told_the_steps(run, capsys):
    told = []
    run(told.append)
    assert told == list(range(1, 31))
    assert capsys.readouterr() == ("", "")


def test_the_bar_is_closed_when_the_run_fails(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(ZeroDivisionError), watched(True, "training", 3) as tell:
        tell(1 // 0)
    # the cursor, hidden while a bar is drawn, is there again
    assert screen.getvalue().rstrip().endswith("\x1b[?25h")


def test_bars_are_drawn_nowhere_but_on_a_screen():
    assert bars().disable
