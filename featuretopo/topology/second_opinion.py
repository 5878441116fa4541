"""second_opinion: the same dictionary through other people's libraries.

A loop that only one program sees is no loop. Engines of persistent homology must agree to the last
bar. Mapper graphs need not: each library lays its cells, and gives away the border points of
clusters, in its own way, and how far the graphs differ says how much of one hangs on that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.distances import bottleneck
from featuretopo.topology.mapper.cover import Cubes
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.giotto_adapter import run_giotto
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.kmapper_adapter import run_kmapper
from featuretopo.topology.mapper.lens import PCA, Lens
from featuretopo.topology.mapper.mapper import mapper
from featuretopo.topology.neighbourhood import tree_of
from featuretopo.topology.persistence import persistence
from featuretopo.topology.separation import SMALLEST, groups_at, separating_scale


@dataclass(frozen=True, slots=True)
class EngineOpinion:
    """What one engine says of H1 below the noise floor.

    Attributes
    ----------
    engine : str
    n_bars : int or None
        H1 bars, significant or not; None if the engine is not installed.
    apart : float or None
        Bottleneck distance of its H1 bars to those of ripser, as truncated at the floor.
    missing : str
        Why there is no answer, and what to do.
    """

    engine: str
    n_bars: int | None
    apart: float | None
    missing: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class GraphOpinion:
    """The Mapper graph of one library.

    Attributes
    ----------
    library : str
    graph : MapperGraph or None
    missing : str
        Why there is none, and what to do.
    note : str
        Where it goes its own way.
    """

    library: str
    graph: MapperGraph | None
    missing: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClusterOpinion:
    """The clusters of one method.

    Attributes
    ----------
    method : str
    n_clusters : int
    n_features : int
        Features in any of them.
    agreement : float or None
        Adjusted mutual information with ours, over the features that both put into a cluster: 1
        for the same groups, 0 for what chance gives. None where there are fewer than two.
    """

    method: str
    n_clusters: int
    n_features: int
    agreement: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SecondOpinion:
    """One dictionary through several libraries.

    Attributes
    ----------
    engines : tuple of EngineOpinion
        ripser, gudhi, giotto-ph.
    clusters : tuple of ClusterOpinion
        featuretopo's single linkage, scikit-learn's HDBSCAN.
    graphs : tuple of GraphOpinion
        featuretopo, kmapper, giotto-tda.
    verdict : str
        In words.
    """

    engines: tuple[EngineOpinion, ...]
    clusters: tuple[ClusterOpinion, ...]
    graphs: tuple[GraphOpinion, ...]
    verdict: str


def second_opinion(
    x: Dictionary | npt.ArrayLike, *, lens: Lens | None = None, cover: Cubes | None = None
) -> SecondOpinion:
    """Run H1 through three engines, clusters through two methods, Mapper through three libraries.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n, d)
        Features.
    lens : Lens
        The same for all three graphs. Default ``PCA(2)``.
    cover : Cubes
        Its number and overlap are handed to all three. Default ``Cubes()``.

    Returns
    -------
    SecondOpinion
        What is not installed is named, with the remedy.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth, Sphere
    >>> truth = GroundTruth([Circle(12), Sphere(20)], d=64, rng=0)
    >>> opinion = second_opinion(truth.dictionary)
    >>> [(each.engine, each.n_bars) for each in opinion.engines[:2]]
    [('ripser', 1), ('gudhi', 1)]
    """
    x = as_dictionary(x)
    first = persistence(x, engine="ripser")
    engines = []
    for name in ("ripser", "gudhi", "giotto"):
        try:
            other = first if name == "ripser" else persistence(x, engine=name)
        except FeaturetopoError as error:
            engines.append(EngineOpinion(name, None, None, str(error)))
            continue
        engines.append(EngineOpinion(name, len(other.bars[1]), bottleneck(first, other, 1).low))
    lens, cover, rule = lens or PCA(2), cover or Cubes(), DensityClusters()
    graphs = [GraphOpinion("featuretopo", mapper(x, lens=lens, cover=cover, clusterer=rule))]
    runs: tuple[tuple[str, Callable[..., MapperGraph], str], ...] = (
        ("kmapper", run_kmapper, "border points go to the first cluster that reaches them"),
        ("giotto-tda", run_giotto, "what DBSCAN calls noise is a node in each cell"),
    )
    values = lens.values(x).astype(np.float64)  # cells end where ours do, to the last digit
    floor = noise_floor(x.n_features, x.d)
    for library, run, note in runs:
        try:
            graph = run(x.unit, values, cover, floor, rule.min_samples)
            graphs.append(GraphOpinion(library, graph, note=note))
        except FeaturetopoError as error:
            graphs.append(GraphOpinion(library, None, str(error)))
    return SecondOpinion(
        tuple(engines), _cluster_opinions(x, floor), tuple(graphs), _verdict(engines, graphs)
    )


def _cluster_opinions(x: Dictionary, floor: float) -> tuple[ClusterOpinion, ...]:
    from sklearn.cluster import HDBSCAN
    from sklearn.metrics import adjusted_mutual_info_score

    ours = np.full(len(x), -1)
    tree = tree_of(x)
    for number, (members, *_) in enumerate(groups_at(tree, separating_scale(tree, floor))):
        ours[members] = number
    # between unit vectors, Euclidean distance is chord
    theirs = HDBSCAN(min_cluster_size=SMALLEST, copy=True).fit_predict(x.unit)
    found = []
    for method, labels in (("featuretopo", ours), ("HDBSCAN", theirs)):
        both = (ours >= 0) & (labels >= 0)
        agreement = adjusted_mutual_info_score(ours[both], labels[both]) if both.sum() > 1 else None
        n_clusters = len(set(labels[labels >= 0].tolist()))
        found.append(ClusterOpinion(method, n_clusters, int((labels >= 0).sum()), agreement))
    return tuple(found)


def _verdict(engines: list[EngineOpinion], graphs: list[GraphOpinion]) -> str:
    asked = [each for each in engines if each.n_bars is not None]
    agree = len({each.n_bars for each in asked}) == 1 and all(
        each.apart is not None and each.apart < 1e-5 for each in asked
    )
    names = ", ".join(each.engine for each in asked)
    bars = f"{names} {'agree on' if agree else 'DISAGREE on'} the H1 bars below the noise floor"
    drawn = [each.graph for each in graphs if each.graph is not None]
    if len(drawn) < 2:
        return bars
    loops = sorted({graph.n_loops for graph in drawn})
    parts = sorted({graph.n_components for graph in drawn})
    return (
        f"{bars}; Mapper graphs of {len(drawn)} libraries have {_span(parts)} components and "
        f"{_span(loops)} loops"
    )


def _span(values: list[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"
