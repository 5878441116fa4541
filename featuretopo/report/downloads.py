"""The files that lie inside a page: what was given, and what is on it as JSON and CSV."""

from __future__ import annotations

import base64
import gzip
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.learned import Learned
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.series import Step
from featuretopo.report import records
from featuretopo.report.data_files import bars_csv, groups_csv, measures_csv, shapes_csv
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.significance import MapperTest

REPORT = "featuretopo.report/1"
_LARGE = 200_000  # letters, from which a file is packed


@dataclass(frozen=True, slots=True)
class Download:
    """A file that lies inside the page."""

    name: str
    href: str
    size: int


def downloads_of(
    given: Mapping[str, str],
    comparisons: Sequence[Comparison],
    shown: Sequence[Comparison],
    recoveries: Sequence[Recovery],
    arrangements: Sequence[Arrangement],
    learned: Sequence[Learned],
    series: Sequence[Step],
    mapper_tests: Mapping[str, MapperTest],
) -> list[Download]:
    """Return the files of a page.

    Parameters
    ----------
    given : mapping of str to str
        File name to text, as they are. JSON among them stands for the page's own.
    comparisons, shown : sequence of Comparison
        All, each a few rows of the table of measures; and those that the page shows in full.
    recoveries : sequence of Recovery
    arrangements : sequence of Arrangement
        Those that are drawn.
    learned : sequence of Learned
    series : sequence of Step
    mapper_tests : mapping of str to MapperTest
    """
    files = [download(name, text) for name, text in given.items()]
    own: dict[str, str] = {}
    if (shown or arrangements) and not any(name.endswith(".json") for name in given):
        content = {
            "dictionaries": [records.dictionary(each) for each in arrangements],
            "comparisons": [records.comparison(each) for each in shown],
            "series": [records.step(each) for each in series],
            "learned": [records.learned(each) for each in learned],
            "mapper_tests": {
                name: records.mapper_test(each) for name, each in mapper_tests.items()
            },
        }
        own["report.json"] = records.as_text(REPORT, content)
    if comparisons:
        own["measures.csv"] = measures_csv(comparisons)
    if any(r.shapes for r in recoveries):
        own["shapes.csv"] = shapes_csv(recoveries)
    if arrangements:
        own |= {"groups.csv": groups_csv(arrangements), "bars.csv": bars_csv(arrangements)}
    many = len(shown) < len(comparisons)
    return files + [
        download(name, text, packed=many or len(text) > _LARGE) for name, text in own.items()
    ]


def download(name: str, content: str, *, packed: bool = False) -> Download:
    """Return a file as a link that needs no server.

    Parameters
    ----------
    name, content : str
    packed : bool
        By gzip, its name ending in .gz.
    """
    data = content.encode("utf-8", "replace")
    kind = f"{mimetypes.guess_type(name)[0] or 'text/plain'};charset=utf-8"
    if packed:
        # mtime=0: the same input gives the same page, byte for byte
        name, kind, data = f"{name}.gz", "application/gzip", gzip.compress(data, 9, mtime=0)
    return Download(name, f"data:{kind};base64,{base64.b64encode(data).decode()}", len(data))
