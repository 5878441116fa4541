"""explore: a dictionary, or two, as linked views in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featuretopo.compare.comparison import Comparison
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.explore.views import subject_of
from featuretopo.random import RngLike
from featuretopo.topology.arrangement import Arrangement

if TYPE_CHECKING:
    from featuretopo.explore.widget import Explorer


def explore(
    x: Dictionary | Arrangement | Comparison,
    other: Dictionary | Arrangement | None = None,
    *,
    codes: tuple[Any, Any] | None = None,
    encoders: tuple[Any, Any] | None = None,
    rng: RngLike = 0,
) -> Explorer:
    """Look at features in four linked views: Mapper graph, UMAP, persistence diagram, table.

    What is selected in one view is selected in all, and is the widget's ``selection`` in Python. In
    a notebook (JupyterLab, VS Code, Colab, marimo) the graph is computed anew when lens, cover or
    clusterer are changed; ``to_html`` writes a page that needs no kernel.

    Parameters
    ----------
    x : Dictionary, Arrangement or Comparison
        At least 4 features. Of a comparison, both sides are shown, partners selected together.
    other : Dictionary or Arrangement, optional
        A second dictionary beside the first. Partners are features of the same name, else, in one
        space, each other's best match by cosine.
    codes : pair of scipy.sparse CSR, optional
        Codes of the features of `x` and of `other` on the same samples, shapes (n_samples, n_x) and
        (n_samples, n_other): partners are found by them.
    encoders : pair of Dictionary or array_like, optional
        Encoder rows of both, one per feature: partners are found by them.
    rng : int, Generator or None
        Seed of the nulls and of UMAP. The same seed gives the same picture when a notebook is
        opened again; so 0 and not None is the default.

    Returns
    -------
    featuretopo.explore.Explorer
        A widget: ``selection`` and ``selections`` are the rows that are selected, ``select``
        selects some, ``selection_frame`` is a table of them, ``to_html`` writes a page.

    Raises
    ------
    FeaturetopoError
        If `x` is none of these, has fewer than 4 features, codes or encoders do not fit, or
        anywidget is not installed.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> blobs = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
    >>> views = explore(blobs)
    >>> views.select([1, 3])
    >>> views
    Explorer(dictionary: 16 features, 2 selected)
    >>> views.selection.tolist()
    [1, 3]
    """
    try:
        from featuretopo.explore.widget import Explorer
    except ModuleNotFoundError as error:
        raise FeaturetopoError(
            f"{error.name} is not installed, and a widget needs it: pip install "
            '"featuretopo[explore]"; "featuretopo explore FILE" writes a page without it'
        ) from error
    return Explorer(subject_of(x, other, codes=codes, encoders=encoders, rng=rng))
