"""Names of strangers: no character of theirs moves, hides or turns the words around it."""

from __future__ import annotations

import base64
import gzip
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_example import arrangement, comparison
from report_page import Page

from featuretopo import figures, load, terminal
from featuretopo.dictionary import Dictionary
from featuretopo.report.build import report
from featuretopo.topology.arrangement import Arrangement
from featuretopo.visible import visible


@pytest.mark.parametrize("codes", [range(0x202A, 0x202F), range(0x2066, 0x206A),
                                   (0x061C, 0x200E, 0x200F), range(0x7F, 0xA0)])  # fmt: skip
def test_what_turns_text_or_controls_it_becomes_an_escape(codes):
    for code in codes:
        shown = visible(f"a{chr(code)}b")
        assert shown.isascii() and shown.isprintable()
        assert shown[1:-1].encode().decode("unicode_escape") == chr(code)


def test_what_drives_a_terminal_is_written_out():
    assert visible("\x1b[2J\r\x07") == r"\x1b[2J\r\x07"
    assert not any(unicodedata.category(c) == "Cc" for c in visible("".join(map(chr, range(9)))))


def test_other_words_stay_as_they_are():
    words = "Grüße, 日本, שלום, عربي, 👩‍🔬, a\tb\n\\u202e \ud800"
    assert visible(words) == words


EVIL = "\u202eevil\x1b[2J\r\u2066"
WRITTEN = r"\u202eevil\x1b[2J\r\u2066"


@pytest.fixture(scope="module")
def evil() -> Arrangement:
    found = arrangement("a", 60, np.random.default_rng(0))
    x = found.dictionary
    named = Dictionary(
        x.vectors,
        x.labels,
        [f"{EVIL}{i}" for i in range(len(x))],
        label_names=[f"{EVIL}{name}" for name in x.label_names],
    )
    return replace(found, name=EVIL, dictionary=named)


def check_shown(words: str) -> None:
    assert WRITTEN in words and visible(words) == words


def test_a_page_shows_them_and_its_files_keep_them(evil: Arrangement, tmp_path: Path) -> None:
    made = comparison(evil, replace(evil, name="b"), np.random.default_rng(0))
    page = Page(report([made], tmp_path / "evil.html", title=EVIL))
    check_shown(page.html)
    data = json.loads(gzip.decompress(base64.b64decode(page.script("packed-data"))))
    for each in (data["pictures"][0]["name"], *data["pictures"][0]["names"][:3],
                 data["styles"][0]["name"]):  # fmt: skip
        check_shown(each)
    kept = json.loads(page.file("report.json"))
    assert kept["dictionaries"][0]["name"] == EVIL


def test_pictures_notebooks_and_the_terminal_show_them(
    evil: Arrangement, capsys: pytest.CaptureFixture[str]
) -> None:
    check_shown(figures.umaps(evil).svg)
    check_shown(figures.mappers(evil).svg)
    check_shown(evil.dictionary._repr_html_())
    made = comparison(evil, replace(evil, name="b"), np.random.default_rng(0))
    check_shown(made._repr_html_())
    terminal.show_arrangement(evil)
    check_shown(capsys.readouterr().out)
    terminal.show_comparison(made)
    check_shown(capsys.readouterr().out)


def test_a_file_keeps_names_as_they_are(evil: Arrangement, tmp_path: Path) -> None:
    evil.dictionary.save(tmp_path / "evil.safetensors")
    again = load(tmp_path / "evil.safetensors")
    assert again.names == evil.dictionary.names
    assert again.label_names == evil.dictionary.label_names
