"""Names of strangers: no character of theirs moves, hides or turns the words around it."""

from __future__ import annotations

import unicodedata

import pytest

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
