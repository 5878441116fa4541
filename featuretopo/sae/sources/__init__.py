"""Where activations come from, beside simulated LLMs: stored arrays, and layers of transformers."""

from featuretopo.sae.sources.array_source import ArraySource
from featuretopo.sae.sources.source import Activations, Samples, Source
from featuretopo.sae.sources.transformer_source import TransformerSource

__all__ = ["Activations", "ArraySource", "Samples", "Source", "TransformerSource"]
