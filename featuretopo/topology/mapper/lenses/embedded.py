"""Whether a lens is an embedding: what is measured of its graph is then partly the embedding's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from featuretopo.topology.mapper.lens import Coordinates, Function, Lens
from featuretopo.topology.mapper.lenses.stack import parts_of

#: How the caution begins.
OVER_EMBEDDING = "over an embedding"

# by name: of a lens of another library, or of values at hand, nothing else is known; a word begins
# after what is no letter, or where capitals follow a small one, as in ParametricUMAP
_EMBEDDING = re.compile(
    "((?<![a-z])|(?-i:(?<=[a-z])(?=[A-Z])))"
    "(umap|densmap|isomap|(open)?t-?sne|mds|phate|pacmap|trimap|spectral_?embedding|"
    "locally_?linear_?embedding)(?![a-z])",
    re.IGNORECASE,
)


def embedding_caution(lens: Lens) -> str:
    """Say that a lens is an embedding, or holds one; empty where it does not.

    Examples
    --------
    >>> from featuretopo.topology.mapper.lens import PCA
    >>> from featuretopo.topology.mapper.lenses.umap import UMAP
    >>> embedding_caution(UMAP(2))[:38]
    'over an embedding, UMAP(n_components=2'
    >>> embedding_caution(PCA(2))
    ''
    """
    told = [
        part.name if isinstance(part, Coordinates | Function) else repr(part)
        for part in parts_of(lens)
    ]
    found = [words for words in told if _EMBEDDING.search(words)]
    return caution_of(" and ".join(found)) if found else ""


def cautions_in(warnings: Iterable[str]) -> tuple[str, ...]:
    """Of a graph's warnings, those of an embedding.

    Examples
    --------
    >>> cautions_in(["mostly noise", "over an embedding, UMAP(): ..."])
    ('over an embedding, UMAP(): ...',)
    """
    return tuple(warning for warning in warnings if warning.startswith(OVER_EMBEDDING))


def cautions_told(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Say so of a graph from elsewhere, by what it tells of its lens.

    Examples
    --------
    >>> cautions_told({"lens": "TSNE(perplexity=20)"})
    ('over an embedding, TSNE(perplexity=20): gaps and path lengths are partly its own making',)
    >>> cautions_told({"lens": "sum", "cover": "of an UMAP picture"})
    ()
    """
    words = parameters.get("lens", "")
    return (caution_of(words),) if _EMBEDDING.search(words) else ()


def caution_of(embedding: str) -> str:
    """Say that a lens is an embedding, which is called so.

    Examples
    --------
    >>> caution_of("a picture")
    'over an embedding, a picture: gaps and path lengths are partly its own making'
    """
    return f"{OVER_EMBEDDING}, {embedding}: gaps and path lengths are partly its own making"
