"""Sparse autoencoders: architectures, trainer, evaluation. torch lives here."""

from featuretopo.sae.against_truth import AgainstTruth, against_truth
from featuretopo.sae.auxk import AuxK
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.batch_topk import BatchTopK
from featuretopo.sae.ensemble import Member, grid, train_ensemble
from featuretopo.sae.evaluate import Evaluation, evaluate, sparse_codes
from featuretopo.sae.gated import Gated
from featuretopo.sae.jumprelu import JumpReLU
from featuretopo.sae.matryoshka import Matryoshka
from featuretopo.sae.relu import ReLU, toy_2022
from featuretopo.sae.resample import Resample
from featuretopo.sae.sources import ArraySource, Source, TransformerSource
from featuretopo.sae.topk import TopK
from featuretopo.sae.trainer import train
from featuretopo.sae.width_map import WidthMap, width_map

__all__ = [
    "SAE",
    "AgainstTruth",
    "Architecture",
    "ArraySource",
    "AuxK",
    "BatchTopK",
    "Evaluation",
    "Gated",
    "JumpReLU",
    "Matryoshka",
    "Member",
    "ReLU",
    "Resample",
    "Source",
    "TopK",
    "TransformerSource",
    "WidthMap",
    "against_truth",
    "evaluate",
    "grid",
    "sparse_codes",
    "toy_2022",
    "train",
    "train_ensemble",
    "width_map",
]
