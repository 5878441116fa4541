"""``featuretopo figures``: every figure of a page as files; what a stranger put in is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from report_example import Example, comparison, example
from sweep_cases import made_up
from typer.testing import CliRunner

from featuretopo.bench import ready
from featuretopo.bench.page import write_page
from featuretopo.cli import app
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.report.build import report
from featuretopo.report.extract import figures_of
from featuretopo.topology.mapper.stability import mapper_stability

SVG = "{http://www.w3.org/2000/svg}"
SCRIPT = '<svg role="img"><title>x</title><script>alert(1)</script></svg>'
HANDLER = '<svg role="img" onload="alert(1)"><title>x</title></svg>'


@pytest.fixture(scope="module")
def inputs() -> Example:
    return example(120)


@pytest.fixture(scope="module")
def page(inputs: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "report.html"
    return report(inputs.comparisons[:2], out, recoveries=inputs.recoveries, orders=inputs.orders)


def refused(*arguments: object) -> str:
    ran = CliRunner().invoke(app, ["figures", *map(str, arguments)])
    assert isinstance(ran.exception, FeaturetopoError) and ran.stdout == ""
    return str(ran.exception)


def test_every_figure_of_a_page_is_written(page: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures"
    ran = CliRunner().invoke(app, ["figures", str(page), "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    files = json.loads(ran.stdout)["figures"]
    html = re.sub(r'<ul class="legend".*?</ul>', "", page.read_text("utf-8"), flags=re.DOTALL)
    assert len(files) == html.count("<svg ") > 40
    assert sorted(files) == files == sorted(str(path) for path in out.iterdir())
    titles = re.findall(r"<svg [^>]*><title>(.*?)</title>", html)
    for file, title in zip(files, titles, strict=True):
        root = ElementTree.parse(file).getroot()
        assert root.tag == f"{SVG}svg"
        words = " ".join(each.text or "" for each in root.findall(f"{SVG}text"))
        assert title.split()[0] in words
        assert "var(" not in Path(file).read_text("utf-8")


def test_what_marks_stand_for_goes_with_the_figure(page: Path) -> None:
    legends = {}
    for figure in figures_of(page):
        root = ElementTree.fromstring(figure.picture.svg)
        legends[figure.title] = [each.text for each in root.findall(f"{SVG}text")]
    for kind in ("Mapper graph", "UMAP picture"):
        assert {"blob 1", "circle of 12", "no label"} <= set(legends[f"{kind} of exactly-1"])
    assert legends["Persistence diagram of exactly-1"] == ["Persistence diagram of exactly-1"]


def test_each_figure_says_of_what_it_is(inputs: Example, tmp_path: Path) -> None:
    long = "decoder-of-layer-12-of-the-model-after-training"
    of = [replace(a, name=f"{long}-{i}") for i, a in enumerate(inputs.arrangements[:3])]
    rng = np.random.default_rng(0)
    page = report(
        [comparison(of[0], of[1], rng), comparison(of[0], of[2], rng)],
        tmp_path / "p.html",
        stabilities={a.name: mapper_stability(Dictionary(np.eye(12))) for a in of},
    )
    found = figures_of(page)
    assert len({figure.title for figure in found}) == len(found)
    for figure in found:
        assert long in figure.title or "every pair" in figure.title
    of_nulls = [figure for figure in found if " / " in figure.title]
    assert len(of_nulls) > 18
    words = [figure.name.partition("-")[2] for figure in of_nulls]
    assert len(set(words)) == len(words)  # not by their number alone
    for figure in found:
        title = re.sub(r"[^a-z0-9]+", "-", figure.title.lower()).strip("-")
        assert figure.name.endswith(title[-60:]) and len(figure.name) <= 136
    several = [f for f in found if "over a range" in f.title]
    assert len({figure.name.partition("-")[2] for figure in several}) == len(several) > 5


def test_the_figures_of_a_sweep(tmp_path: Path) -> None:
    spec = ready("cooccurrence")
    write_page(made_up(spec), spec, tmp_path / "sweep.html", provenance={})
    found = figures_of(tmp_path / "sweep.html")
    assert len({figure.name for figure in found}) == len(found) > 10
    front = next(figure for figure in found if "against L0" in figure.title)
    assert "batch-topk" in front.picture.svg and "jumprelu" in front.picture.svg


def test_a_png_beside_each(inputs: Example, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    page = report([], tmp_path / "p.html", orders=inputs.orders)
    out = tmp_path / "figures"
    out.mkdir()
    (out / "mine.txt").write_text("stays")
    ran = CliRunner().invoke(app, ["figures", str(page), "--out", str(out), "--png"])
    assert ran.exit_code == 0 and "4 files" in ran.stdout
    drawn = sorted(out.glob("*.png"))
    assert [path.stem for path in drawn] == [path.stem for path in sorted(out.glob("*.svg"))]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
    assert (out / "mine.txt").read_text() == "stays"


def test_what_is_no_page_of_ours_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("<svg role='img'></svg>")
    assert "no page with figures" in refused(other, "--out", tmp_path / "f")
    other.write_text('<p class="kicker">featuretopo</p>')
    assert "has no figures" in refused(other, "--out", tmp_path / "f")
    assert [path.name for path in tmp_path.iterdir()] == ["other.html"]


@pytest.mark.parametrize("foreign", [SCRIPT, HANDLER, "<svg role='img'><title>cut</svg>"])
@pytest.mark.parametrize("legend", [False, True])
def test_a_picture_that_somebody_put_there_is_refused(
    page: Path, tmp_path: Path, foreign: str, legend: bool
) -> None:
    changed = tmp_path / "changed.html"
    html = page.read_text("utf-8")
    place = html.index("<li><svg " if legend else "<svg ") + 4 * legend
    changed.write_text(html[:place] + foreign + html[place:], "utf-8")
    assert "did not write" in refused(changed, "--out", tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_a_page_that_is_missing_is_told_with_a_remedy(tmp_path: Path) -> None:
    for missing in (tmp_path / "nope.html", tmp_path):
        told = refused(missing, "--out", tmp_path / "f")
        assert told.startswith(f"{missing}: no such file; give a page that compare, inspect, demo")
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(page: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("x")
    assert "is a file; give a folder" in refused(page, "--out", taken)
    assert taken.read_text() == "x"
