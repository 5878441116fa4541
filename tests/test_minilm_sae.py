"""The example on a real transformer, run on a tiny random one."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy import sparse

import featuretopo as ft
from featuretopo.sae import SAE, TopK, load_sae

WORDS, D, HEADS, LAYERS, INNER, LENGTH = 50, 16, 2, 2, 24, 128
SETTINGS = {
    "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "layer_norm_eps": 1e-12,
    "vocab_size": WORDS, "hidden_size": D, "intermediate_size": INNER, "hidden_act": "gelu",
    "max_position_embeddings": LENGTH, "type_vocab_size": 2,
}  # fmt: skip


@pytest.fixture
def example():
    """The example as a module."""
    path = Path(__file__).parents[1] / "examples" / "minilm_sae.py"
    spec = importlib.util.spec_from_file_location("minilm_sae", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["minilm_sae"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["minilm_sae"]


def random_weights():
    """Weights as a BERT names them."""
    shapes = {
        "embeddings.word_embeddings.weight": (WORDS, D),
        "embeddings.position_embeddings.weight": (LENGTH, D),
        "embeddings.token_type_embeddings.weight": (2, D),
    }
    linear = {
        "attention.self.query": (D, D), "attention.self.key": (D, D),
        "attention.self.value": (D, D), "attention.output.dense": (D, D),
        "intermediate.dense": (INNER, D), "output.dense": (D, INNER),
    }  # fmt: skip
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        for name, shape in linear.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
        norms += [f"encoder.layer.{layer}.{part}.LayerNorm" for part in
                  ("attention.output", "output")]  # fmt: skip
    shapes |= {f"{name}.{part}": (D,) for name in norms for part in ("weight", "bias")}
    generator = torch.Generator().manual_seed(0)
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


@pytest.fixture
def folder(tmp_path):
    """A folder with a random transformer."""
    (tmp_path / "config.json").write_text(json.dumps(SETTINGS))
    save_file(random_weights(), tmp_path / "model.safetensors")
    return tmp_path


class Letters:
    """A tokenizer: letters are tokens."""

    @classmethod
    def from_file(cls, path):
        return cls()

    def no_padding(self):
        pass

    def no_truncation(self):
        pass

    def token_to_id(self, token):
        return {"[CLS]": 0, "[SEP]": 1}[token]

    def encode(self, text, *, add_special_tokens):
        assert not add_special_tokens
        return SimpleNamespace(ids=[2 + ord(letter) % (WORDS - 2) for letter in text])


def test_it_trains_writes_and_says_what_to_do_next(example, folder, tmp_path, monkeypatch, capsys):
    tokenizers = ModuleType("tokenizers")
    tokenizers.Tokenizer = Letters
    monkeypatch.setitem(sys.modules, "tokenizers", tokenizers)
    monkeypatch.setattr(example, "model_folder", lambda: folder)
    monkeypatch.setattr(example, "docstrings", lambda: iter(["Some text. " * 40, "More. " * 70]))
    monkeypatch.setattr(example, "HELD_OUT", 100)
    out = tmp_path / "out"
    given = ["--layers", "0", "2", "--samples", "500", "--latents", "24", "--k", "3",
             "--steps", "30", "--out", str(out)]  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["minilm_sae.py", *given])
    example.main()
    said = capsys.readouterr().out
    assert said.count("400 tokens; unexplained variance") == 2
    assert f"featuretopo compare {out}/layer-0 {out}/layer-2 --codes" in said
    assert f"featuretopo compare {out}/layer-0-words.safetensors {out}/layer-2-words" in said
    assert said.count("months: neighbours that are neighbours on the circle") == 2
    model = example.load_transformer(folder)
    rows = example.activations(model, Letters(), [0, 2], 500)
    for layer in (0, 2):
        words = ft.load(out / f"layer-{layer}-words.safetensors")
        assert words.names[:2] == ("january", "february") and words.names[-1] == "sunday"
        assert len(words.group("months")) == 12 and len(words.group("weekdays")) == 7
        sae = load_sae(out / f"layer-{layer}")
        assert sae.architecture == TopK(3) and sae.W_dec.shape == (24, D)
        codes = sparse.load_npz(out / f"layer-{layer}-codes.npz")
        with torch.no_grad():
            expected = sae.encode(torch.from_numpy(rows[layer][-100:])).numpy()
        np.testing.assert_allclose(codes.toarray(), expected, atol=1e-5)


def test_words_are_read_behind_their_token_and_kept_by_their_latents(example, folder):
    model, tokenizer = example.load_transformer(folder), Letters()
    found = example.read(model, tokenizer, [1], "may")[1]
    assert found.shape == (len(example.READ), D)
    before, _ = example.READ[0].split("{}")
    ids = tokenizer.encode(example.READ[0].format("may"), add_special_tokens=False).ids
    streams = model.residual_streams(torch.tensor([[0, *ids, 1]]))
    torch.testing.assert_close(found[0], streams[1][0, 1 + len(before)])

    rows = torch.eye(D)[:5, None] * torch.ones(5, 3, 1)  # five words in three sentences
    sae = SAE(torch.eye(D), torch.zeros(D), TopK(1))
    again, latents = example.kept(sae, rows)
    np.testing.assert_allclose(again, rows.mean(1).numpy())
    np.testing.assert_array_equal(latents, np.arange(5))


def test_a_share_of_the_words_stands_in_sentences_with_dates(example, monkeypatch):
    monkeypatch.setattr(example, "docstrings", lambda: iter(["no date in it"] * 500))
    found = list(example.texts())
    words = [len(text.split()) for text in found if text != "no date in it"]
    assert sum(words) / (sum(words) + 2000) == pytest.approx(example.DATES, abs=0.01)


def test_its_transformer_is_the_one_of_the_library(example, folder):
    transformers = pytest.importorskip("transformers")
    theirs = transformers.BertModel(transformers.BertConfig(**SETTINGS), add_pooling_layer=False)
    missing = theirs.load_state_dict(random_weights(), strict=False)
    assert not missing.missing_keys and not missing.unexpected_keys
    ids = torch.arange(2, 42).reshape(2, 20)
    with torch.no_grad():
        expected = theirs.eval()(ids, output_hidden_states=True).hidden_states
        found = example.load_transformer(folder).residual_streams(ids)
    assert len(found) == len(expected) == LAYERS + 1
    for ours, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-4, atol=1e-4)
