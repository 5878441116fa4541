"""Sparse autoencoders: architectures, trainer, evaluation. torch lives here."""

from featuretopo.sae.auxk import AuxK
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.batch_topk import BatchTopK
from featuretopo.sae.evaluate import Evaluation, evaluate, sparse_codes
from featuretopo.sae.files import load_sae, save_sae
from featuretopo.sae.gated import Gated
from featuretopo.sae.jumprelu import JumpReLU
from featuretopo.sae.matryoshka import Matryoshka
from featuretopo.sae.relu import ReLU, toy_2022
from featuretopo.sae.topk import TopK
from featuretopo.sae.trainer import Source, train

__all__ = [
    "SAE",
    "Architecture",
    "AuxK",
    "BatchTopK",
    "Evaluation",
    "Gated",
    "JumpReLU",
    "Matryoshka",
    "ReLU",
    "Source",
    "TopK",
    "evaluate",
    "load_sae",
    "save_sae",
    "sparse_codes",
    "toy_2022",
    "train",
]
