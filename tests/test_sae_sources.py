"""Sources: stored arrays as one, and layers of transformers, against direct computation."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from training_cases import SMALL, one_thread, weights  # noqa: F401

from featuretopo.errors import FeaturetopoError
from featuretopo.sae import ArraySource, TopK, TransformerSource, train

# ---- arrays


def numbered(n, d=3, start=0):
    """Rows that tell which they are: i, i + 1/4, i + 2/4, ..."""
    return np.arange(start, start + n)[:, None] + np.arange(d) / 4


@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4), data=st.data())
def test_shards_are_one_array_and_a_batch_holds_no_row_twice(sizes, data):
    total = sum(sizes)
    if total == 0:
        return
    starts = np.cumsum([0, *sizes])
    shards = [numbered(n, start=a) for n, a in zip(sizes, starts, strict=False)]
    n = data.draw(st.integers(1, total))
    source = ArraySource(shards)
    found = source.sample(n, rng=data.draw(st.integers(0, 99))).activations
    assert (len(source), source.d) == (total, 3)
    rows = found[:, 0].astype(int)
    assert len(set(rows.tolist())) == n
    np.testing.assert_array_equal(found, numbered(total)[rows])
    blocks = list(source.blocks(4))
    np.testing.assert_array_equal(np.concatenate(blocks), numbered(total))
    assert max(map(len, blocks)) <= 4


def test_every_row_is_as_likely_as_any_in_every_place():
    source = ArraySource([numbered(3), numbered(5, start=3)])
    draws = np.array([source.sample(4, rng=i).activations[:, 0] for i in range(4000)]).astype(int)
    for place in range(4):
        counts = np.bincount(draws[:, place], minlength=8)
        assert abs(counts - 500).max() < 4.5 * np.sqrt(500 * 7 / 8)


def test_the_seed_alone_decides_on_a_batch():
    source = ArraySource(numbered(50))
    first = source.sample(9, rng=3).activations
    assert not np.array_equal(source.sample(9, rng=4).activations, first)
    np.testing.assert_array_equal(source.sample(9, rng=3).activations, first)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f4", "i4", "u1"])
def test_files_and_arrays_of_any_numbers_give_the_same(kind, tmp_path):
    array = np.random.default_rng(0).integers(0, 99, (40, 5)).astype(kind)
    paths = [tmp_path / "a.npy", tmp_path / "b.npy"]
    np.save(paths[0], array[:30])
    np.save(paths[1], np.asfortranarray(array[30:]))
    expected = ArraySource(array).sample(9, rng=0).activations
    assert expected.dtype == np.float32
    for shards in (paths, [paths[0], array[30:]], [str(paths[0]), array[30:]]):
        np.testing.assert_array_equal(ArraySource(shards).sample(9, rng=0).activations, expected)
    tensor = torch.from_numpy(array.astype("f4"))
    np.testing.assert_array_equal(ArraySource(tensor).sample(9, rng=0).activations, expected)


def test_only_the_rows_of_a_batch_are_read(tmp_path):
    path = tmp_path / "long.npy"
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(400_000, 256))
    array[399_999] = 7  # 205 MB, most of them a hole in the file
    del array
    tracemalloc.start()
    source = ArraySource([path, path])
    for i in range(5):
        source.sample(500, rng=i)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(source) == 800_000
    assert peak < 4 * 2**20


def test_an_sae_is_trained_on_stored_activations(tmp_path):
    x = np.random.default_rng(0).standard_normal((500, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    on_file = train(ArraySource(tmp_path / "x.npy"), TopK(2), **SMALL)
    in_memory = train(ArraySource(x), TopK(2), **SMALL)
    assert all(torch.equal(v, weights(in_memory)[k]) for k, v in weights(on_file).items())


@pytest.mark.parametrize(
    ("shards", "message"),
    [
        ([], "no rows to draw from; give activations of shape"),
        (np.empty((0, 3)), "no rows to draw from"),
        (np.ones(3), r"shard 0: of shape \(3,\) and type float64; activations are numbers"),
        ([np.ones((2, 3)), np.ones((2, 3, 4))], r"shard 1: of shape \(2, 3, 4\)"),
        (np.ones((2, 3), complex), "shard 0: of shape .* and type complex128"),
        (np.full((2, 3), None), "shard 0: of shape .* and type object"),
        ([np.ones((2, 3)), np.ones((2, 4))], "shard 1: 4 dimensions, and shard 0 has 3; give"),
        ("a.npz", "a.npz: must be a .npy file; save it by numpy.save"),
        ("missing.npy", "missing.npy: cannot be read .*is it missing or cut short"),
    ],
)  # fmt: skip
def test_what_is_no_matrix_of_activations_is_refused(shards, message):
    with pytest.raises(FeaturetopoError, match=message):
        ArraySource(shards)


def test_a_file_that_is_cut_short_or_would_run_code_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, numbered(100))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FeaturetopoError, match=r"a.npy: cannot be read .*Save it again"):
        ArraySource(path)
    np.save(path, np.full((2, 2), None), allow_pickle=True)
    with pytest.raises(FeaturetopoError, match=r"a.npy: cannot be read"):
        ArraySource(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])  # the last is too large for float32
def test_a_row_that_is_no_number_is_named(value):
    second = numbered(6)
    second[4, 1] = value
    source = ArraySource([numbered(3), second])
    with pytest.raises(FeaturetopoError, match="shard 1: row 4 holds NaN or infinite values; drop"):
        source.sample(9, rng=0)
    with pytest.raises(FeaturetopoError, match="shard 1: row 4 holds NaN"):
        list(source.blocks())


@pytest.mark.parametrize("size", [0, -1, 2.5, "4"])
def test_blocks_of_no_rows_are_refused_when_they_are_asked_for(size):
    with pytest.raises(FeaturetopoError, match=f"size={size!r} must be a whole number, at least 1"):
        ArraySource(numbered(10)).blocks(size)


@pytest.mark.parametrize("n", [0, 11, 2.5, "4", None])
def test_more_rows_than_there_are_are_refused(n):
    with pytest.raises(FeaturetopoError, match=f"n={n!r} of 10 rows: .*take a smaller batch"):
        ArraySource(numbered(10)).sample(n)


# ---- transformers

TEXTS = ["a b c", "b", "", "c c d e a", "e d", "a a a a a a a"]
WORDS = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4, "c": 5, "d": 6, "e": 7}


class FakeTokenizer:
    """One token a word, and one in front of each text that is special."""

    def __call__(self, texts, *, truncation, max_length, return_special_tokens_mask):
        assert truncation and return_special_tokens_mask
        ids = [([1] + [WORDS[w] for w in text.split()])[:max_length] for text in texts]
        special = [[1] + [0] * (len(row) - 1) for row in ids]
        return {"input_ids": ids, "special_tokens_mask": special}


class FakeModel:
    """Layer i of a token at place p is (token, p, i, length of its text)."""

    device = torch.device("cpu")
    training = False

    def __call__(self, *, input_ids, attention_mask, output_hidden_states):
        assert output_hidden_states and not torch.is_grad_enabled()
        b, width = input_ids.shape
        place = torch.arange(width).expand(b, width)
        length = attention_mask.sum(dim=1, keepdim=True).expand(b, width)
        layers = [
            torch.stack([input_ids, place, torch.full_like(place, i), length], dim=-1)
            for i in range(3)
        ]
        return SimpleNamespace(hidden_states=tuple(each.to(torch.bfloat16) for each in layers))


def fake(texts=TEXTS, layer=1, **given):
    return TransformerSource(FakeModel(), FakeTokenizer(), texts, layer=layer, **given)


def every_token(texts, layer, most=128):
    rows = []
    for text in texts:
        words = text.split()[: most - 1]
        rows += [(WORDS[w], p + 1, layer, len(words) + 1) for p, w in enumerate(words)]
    return sorted(rows)


@pytest.mark.parametrize("layer", [0, 2])
@pytest.mark.parametrize("most", [128, 4])
def test_a_batch_of_all_tokens_holds_each_of_them_once_and_nothing_else(layer, most):
    expected = every_token(TEXTS * 3, layer, most)
    found = fake(TEXTS * 3, layer, max_tokens=most).sample(len(expected), rng=0).activations
    assert found.dtype == np.float32
    assert sorted(map(tuple, found.astype(int).tolist())) == expected


def test_the_seed_alone_decides_on_a_batch_of_tokens():
    source = fake(TEXTS * 9)
    first = source.sample(20, rng=3).activations
    assert not np.array_equal(source.sample(20, rng=4).activations, first)
    np.testing.assert_array_equal(source.sample(20, rng=3).activations, first)


def test_any_text_may_come_into_a_small_batch():
    found = np.concatenate([fake().sample(1, rng=i).activations for i in range(300)])
    assert sorted(set(map(tuple, found.astype(int).tolist()))) == sorted(set(every_token(TEXTS, 1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fake([]), r"texts=\[\] must be a list of texts, at least one"),
        (lambda: fake("a b"), "texts='a b' must be a list of texts"),
        (lambda: fake(layer=-1), "layer=-1 must be at least 0"),
        (lambda: fake(max_tokens=0), "max_tokens=0 at least 1"),
        (lambda: fake(layer=3).sample(2), "layer=3: the model has layers 0 to 2; 0 is the embed"),
        (lambda: fake().sample(0), "n=0: a batch holds at least 1 sample"),
        (lambda: fake().sample(19), "n=19: the 6 texts hold 18 tokens of at most 128 .*smaller ba"),
        (lambda: fake(["", ""]).sample(1), "n=1: the 2 texts hold 0 tokens"),
    ],
)
def test_what_gives_no_activations_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


def test_a_model_in_training_mode_is_refused():
    model = FakeModel()
    model.training = True
    with pytest.raises(FeaturetopoError, match=r"dropout makes .* random; call model.eval\(\)"):
        TransformerSource(model, FakeTokenizer(), TEXTS, layer=0)


def tiny(kind):
    """Make a random transformer of two blocks and a tokenizer of single words."""
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(WORDS, unk_token="[PAD]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    if kind == "bert":
        words.post_processor = tokenizers.processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
        config = transformers.BertConfig(
            vocab_size=8, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32,
        )  # fmt: skip
        model = transformers.BertModel(config).eval()
    else:
        config = transformers.GPT2Config(vocab_size=8, n_embd=16, n_layer=2, n_head=2)
        model = transformers.GPT2LMHeadModel(config).eval()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, cls_token="[CLS]", sep_token="[SEP]"
    )
    return model, tokenizer


@pytest.mark.parametrize("kind", ["gpt2", "bert"])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_activations_are_those_of_each_text_alone(kind, layer):
    model, tokenizer = tiny(kind)
    source = TransformerSource(model, tokenizer, TEXTS, layer=layer)
    found = source.sample(18, rng=0).activations
    expected = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        if ids:
            with torch.no_grad():
                out = model(torch.tensor([ids]), output_hidden_states=True)
            inner = slice(1, -1) if kind == "bert" else slice(None)
            expected += out.hidden_states[layer][0, inner].tolist()
    assert found.shape == (18, 16)
    far = np.abs(found[:, None] - np.array(expected)[None]).max(axis=2)  # (found, expected)
    assert (far.min(axis=0) < 1e-5).all() and (far.min(axis=1) < 1e-5).all()


def test_an_sae_is_trained_on_a_transformer():
    model, tokenizer = tiny("gpt2")
    texts = [" ".join(np.random.default_rng(i).choice(list("abcde"), 20)) for i in range(40)]
    source = TransformerSource(model, tokenizer, texts, layer=1)
    sae = train(source, TopK(2), **SMALL)
    assert sae.d == 16 and sae.history.fvu[-1] < sae.history.fvu[0]
