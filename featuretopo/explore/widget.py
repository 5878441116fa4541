"""The widget: a thin edge between the views in a browser and the functions that make them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from featuretopo.dictionary import IntArray
from featuretopo.errors import FeaturetopoError
from featuretopo.explore.bundle import script, style
from featuretopo.explore.graphs import graphs, recompute, refused
from featuretopo.explore.page import explore_page
from featuretopo.explore.still import still
from featuretopo.explore.views import Subject, views
from featuretopo.report.wording import count


class Explorer(anywidget.AnyWidget):
    """Linked views of one dictionary or two; made by :func:`featuretopo.explore`.

    As the last line of a cell it is shown. What is selected there is read here, and the other way
    round: no browser is needed for any of what follows.

    Parameters
    ----------
    subject : Subject

    Examples
    --------
    >>> import featuretopo as ft
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> x = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
    >>> views = ft.explore(x)
    >>> views.select([1, 9])
    >>> views.selection.tolist()
    [1, 9]
    >>> x.take(views.selection).names
    ('blob 1 #1', 'blob 2 #1')
    """

    _esm = script("widget")
    _css = style("widget")
    _views = traitlets.Dict().tag(sync=True)
    _graphs = traitlets.Dict().tag(sync=True)
    _request = traitlets.Dict().tag(sync=True)
    _rows = traitlets.List(traitlets.List()).tag(sync=True)
    _asked = traitlets.Int(0).tag(sync=True)  # counts what the browser says
    _heard = traitlets.Int(0).tag(sync=True)  # how much of it has been heard

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._made = graphs(subject)
        super().__init__(
            _views=views(subject).for_widget(),
            _graphs=self._made.for_widget(),
            _rows=[[] for _ in subject.sides],
        )
        self.observe(self._recompute, "_request")
        self.observe(self._hear, "_asked")

    def __repr__(self) -> str:
        shown = (
            f"{side.name}: {count(len(side.dictionary), 'feature')}, {len(rows):,} selected"
            for side, rows in zip(self._subject.sides, self._rows, strict=True)
        )
        return f"Explorer({'; '.join(shown)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        made = super()._repr_mimebundle_(**kwargs)
        if made is not None:  # hosts that know widgets prefer these; others show the picture
            made[0]["image/svg+xml"] = still(self._subject).svg
        return made

    @property
    def selection(self) -> IntArray:
        """Rows of the dictionary that are selected; of two dictionaries, those of the first.

        An array of int64, shape (n_selected,); empty where nothing is selected.
        """
        return self.selections[0]

    @property
    def selections(self) -> tuple[IntArray, ...]:
        """Rows that are selected, of each dictionary.

        Examples
        --------
        >>> import featuretopo as ft
        >>> from featuretopo.truth import Blobs, GroundTruth
        >>> x = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
        >>> views = ft.explore(x, x.take([4, 3, 2, 1]))
        >>> views.select([1, 9])
        >>> [rows.tolist() for rows in views.selections]
        [[1, 9], [3]]
        """
        return tuple(np.array(rows, np.int64) for rows in self._rows)

    def select(self, rows: npt.ArrayLike, *, side: int = 0) -> None:
        """Select rows of a dictionary, with their partners, and nothing else.

        Parameters
        ----------
        rows : array_like of int
            Indices, or a mask.
        side : int
            0 or 1: of which of two dictionaries.

        Raises
        ------
        FeaturetopoError
            If there is no such side or row.

        Examples
        --------
        >>> import featuretopo as ft
        >>> from featuretopo.truth import Blobs, GroundTruth
        >>> x = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
        >>> views = ft.explore(x)
        >>> views.select(x.labels == 1)
        >>> views.selection.tolist()
        [8, 9, 10, 11, 12, 13, 14, 15]
        """
        sides = self._subject.sides
        if side not in range(len(sides)):
            raise FeaturetopoError(f"side={side!r} must be below {len(sides)}")
        n = len(sides[side].dictionary)
        try:
            chosen = np.unique(np.arange(n)[np.asarray(rows) if np.size(rows) else []])
        except IndexError as error:
            raise FeaturetopoError(f"{error}; give rows below {n}, or a mask") from error
        partners = self._subject.partners(side)[chosen]
        linked = np.unique(partners[partners >= 0])
        self._rows = [(chosen if i == side else linked).tolist() for i in range(len(sides))]

    @property
    def selection_frame(self) -> Any:
        """What is selected as a pandas DataFrame: dictionary, row, name, label, partner.

        One line for each feature, of two dictionaries those of the first before those of the
        second. A label or a partner that is not there is a missing value.

        Raises
        ------
        FeaturetopoError
            If pandas is not installed.
        """
        try:
            import pandas
        except ModuleNotFoundError as error:
            raise FeaturetopoError(
                'pandas is not installed: pip install "featuretopo[explore]", or take .selection, '
                "which needs it not"
            ) from error
        columns = ["dictionary", "row", "name", "label", "partner"]
        frame = pandas.DataFrame(self._records(), columns=columns)
        return frame.astype({"row": "int64", "partner": "Int64"})  # rows, though some are missing

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write a page with the same views that needs no kernel and no network.

        It shows the graph that is shown now, and what is selected; a new graph cannot be computed
        there.

        Parameters
        ----------
        path : path

        Returns
        -------
        Path
            `path`.

        Raises
        ------
        FeaturetopoError
            If `path` is a folder.
        """
        return explore_page(self._subject, path, made=self._made, selected=self._rows)

    def _records(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for place, (side, rows) in enumerate(
            zip(self._subject.sides, self.selections, strict=True)
        ):
            x, partner = side.dictionary, self._subject.partners(place)
            for row in rows.tolist():
                label = int(x.labels[row])
                found.append(
                    (
                        side.name,
                        row,
                        x.names[row],
                        x.label_names[label] if label >= 0 else None,
                        int(partner[row]) if partner[row] >= 0 else None,
                    )
                )
        return found

    def _hear(self, change: dict[str, Any]) -> None:
        self._heard = change["new"]

    def _recompute(self, change: dict[str, Any]) -> None:
        wire = dict(change["new"])
        serial = int(wire.pop("serial", 0))
        answer = recompute(self._subject, wire, serial)
        if answer.failed:  # with the graphs, which a view that is opened now has not seen yet
            answer = refused(self._made, answer)
        else:
            self._made = answer
        self._graphs = answer.for_widget()
