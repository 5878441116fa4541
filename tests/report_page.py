"""A page of the report, taken apart: its tags, its words, its scripts, its files."""

from __future__ import annotations

import base64
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "img", "rect", "path", "circle"}


class Page(HTMLParser):
    """Tags with their attributes, the text of the page, and the text inside each tag."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text("utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.within: list[str] = []
        self.text: list[tuple[str, str]] = []
        self.first_child: list[tuple[str, str]] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.tags and self.within and self.tags[-1][0] == self.within[-1]:
            self.first_child.append((self.within[-1], tag))
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.within.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.within.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        self.text.append((self.within[-1] if self.within else "", data))

    def words(self) -> str:
        shown = (data for tag, data in self.text if tag not in ("script", "style"))
        return re.sub(r"\s+", " ", " ".join(shown))

    def script(self, id_: str | None) -> str:
        scripts = [a.get("id") for tag, a in self.tags if tag == "script"]
        return [data for tag, data in self.text if tag == "script"][scripts.index(id_)]

    def values(self) -> Counter[float]:
        return Counter(float(a["value"] or "") for tag, a in self.tags if tag == "data")

    def file(self, name: str) -> bytes:
        """What a link to download a file holds."""
        href = next(str(a["href"]) for _, a in self.tags if a.get("download") == name)
        return base64.b64decode(href.partition("base64,")[2])
