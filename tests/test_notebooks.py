"""Every notebook runs, and shows what it says it shows."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_first_look(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    shown = runpy.run_path(str(ROOT / "notebooks" / "first_look.py"))
    assert shown["months"].perfect and shown["weekdays"].perfect
    names = shown["words"].names
    years = next(c for c in shown["clusters"] if "1950" in {names[i] for i in c.members})
    assert len(years.members) == 121
    assert "january, february" in capsys.readouterr().out


def test_mapper_exploration(monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = runpy.run_path(str(ROOT / "notebooks" / "mapper_exploration.py"))
    views, loop = shown["views"], shown["loop"]
    assert views.selection.tolist() == loop.members.tolist()
    assert loop.p_value <= 0.05
