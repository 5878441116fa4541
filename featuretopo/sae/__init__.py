"""Sparse autoencoders: architectures, trainer, evaluation. torch lives here."""

from featuretopo.sae.auxk import AuxK
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.evaluate import Evaluation, evaluate, sparse_codes
from featuretopo.sae.topk import TopK
from featuretopo.sae.trainer import Source, train

__all__ = [
    "SAE",
    "Architecture",
    "AuxK",
    "Evaluation",
    "Source",
    "TopK",
    "evaluate",
    "sparse_codes",
    "train",
]
