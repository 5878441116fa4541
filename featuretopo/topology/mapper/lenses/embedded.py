"""Whether a lens is an embedding: what is measured of its graph is then partly the embedding's."""

from __future__ import annotations

from featuretopo.topology.mapper.lens import Lens
from featuretopo.topology.mapper.lenses.isomap import Isomap
from featuretopo.topology.mapper.lenses.stack import parts_of
from featuretopo.topology.mapper.lenses.umap import UMAP

#: How the caution begins.
OVER_EMBEDDING = "over an embedding"


def embedding_caution(lens: Lens) -> str:
    """Say that a lens is an embedding, or holds one; empty where it does not.

    Examples
    --------
    >>> from featuretopo.topology.mapper.lens import PCA
    >>> embedding_caution(UMAP(2))[:38]
    'over an embedding, UMAP(n_components=2'
    >>> embedding_caution(PCA(2))
    ''
    """
    found = [repr(part) for part in parts_of(lens) if isinstance(part, (Isomap, UMAP))]
    return caution_of(" and ".join(found)) if found else ""


def caution_of(embedding: str) -> str:
    """Say that a lens is an embedding, which is called so.

    Examples
    --------
    >>> caution_of("a picture")
    'over an embedding, a picture: gaps and path lengths are partly its own making'
    """
    return f"{OVER_EMBEDDING}, {embedding}: gaps and path lengths are partly its own making"
