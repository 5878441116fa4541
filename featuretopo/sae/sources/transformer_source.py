"""TransformerSource: activations of one layer of a transformer on given texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.sae.sources.source import Activations

_AT_ONCE = 8  # texts


class TransformerSource:
    """Activations of a layer of a Hugging Face transformer, one sample a token.

    For each batch, texts are drawn until they hold enough tokens, and of these as many as are asked
    for. The tokens of a batch thus come from few texts, and every batch runs the model anew: where
    the same activations serve several SAEs, store them and use an :class:`ArraySource`. Special
    tokens and padding are left out. Nothing is downloaded; the extra ``featuretopo[transformers]``
    installs the library.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        In evaluation mode, on whatever device.
    tokenizer : transformers.PreTrainedTokenizer
        The model's own.
    texts : sequence of str
        What is read.
    layer : int
        Place in the model's ``hidden_states``: 0 is the embedding, i what block i gives, and the
        last one mostly what follows the final norm.
    max_tokens : int
        Where a text is cut off.

    Raises
    ------
    FeaturetopoError
        If there are no texts, a number is out of range or the model is in training mode; in
        `sample`, if the model has no such layer, or the texts hold too few tokens.

    Examples
    --------
    >>> from transformers import AutoModel, AutoTokenizer  # doctest: +SKIP
    >>> model = AutoModel.from_pretrained(folder).eval()  # doctest: +SKIP
    >>> tokenizer = AutoTokenizer.from_pretrained(folder)  # doctest: +SKIP
    >>> source = TransformerSource(model, tokenizer, texts, layer=6)  # doctest: +SKIP
    >>> train(source, TopK(32), n_latents=4096, batch_size=1024)  # doctest: +SKIP
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        texts: Sequence[str],
        *,
        layer: int,
        max_tokens: int = 128,
    ) -> None:
        if isinstance(texts, str) or len(texts) == 0:
            raise FeaturetopoError(f"texts={texts!r} must be a list of texts, at least one")
        if max_tokens < 1 or layer < 0:
            raise FeaturetopoError(
                f"layer={layer} must be at least 0, and max_tokens={max_tokens} at least 1"
            )
        if model.training:
            raise FeaturetopoError(
                "the model is in training mode, where dropout makes activations random; call "
                "model.eval()"
            )
        self.model = model
        self.tokenizer = tokenizer
        self.texts = texts
        self.layer = layer
        self.max_tokens = max_tokens

    def sample(self, n: int, *, rng: RngLike = None) -> Activations:
        """Draw the activations of `n` different tokens."""
        if n < 1:
            raise FeaturetopoError(f"n={n}: a batch holds at least 1 sample")
        draw = stream(seed_of(rng), "transformer")
        texts = draw.permutation(len(self.texts))
        found: list[npt.NDArray[np.float32]] = []
        held = 0
        for start in range(0, len(texts), _AT_ONCE):
            found += self._run([self.texts[i] for i in texts[start : start + _AT_ONCE]])
            held = sum(map(len, found))
            if held >= n:
                break
        else:
            raise FeaturetopoError(
                f"n={n}: the {len(texts)} texts hold {held} tokens of at most {self.max_tokens} "
                "each; give more texts, or take a smaller batch"
            )
        return Activations(np.concatenate(found)[draw.permutation(held)[:n]])

    def _run(self, texts: list[str]) -> list[npt.NDArray[np.float32]]:
        """Return the activations (n_tokens, d) of each text that holds a token."""
        encoded = self.tokenizer(
            texts, truncation=True, max_length=self.max_tokens, return_special_tokens_mask=True
        )
        # padded here: many a tokenizer has no token for it, and the mask hides what it is
        rows = [row for row in range(len(texts)) if not all(encoded["special_tokens_mask"][row])]
        if not rows:
            return []
        ids = [torch.tensor(encoded["input_ids"][row]) for row in rows]
        padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)  # (b, longest)
        lengths = torch.tensor([len(each) for each in ids])
        mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long()
        where = self.model.device
        with torch.no_grad():
            states = self.model(
                input_ids=padded.to(where), attention_mask=mask.to(where), output_hidden_states=True
            ).hidden_states
        if self.layer >= len(states):
            raise FeaturetopoError(
                f"layer={self.layer}: the model has layers 0 to {len(states) - 1}; 0 is the "
                "embedding"
            )
        activations = states[self.layer].float().cpu().numpy()  # (b, longest, d)
        return [
            activations[i, np.flatnonzero(np.equal(encoded["special_tokens_mask"][row], 0))]
            for i, row in enumerate(rows)
        ]
