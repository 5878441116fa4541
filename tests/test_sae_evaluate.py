"""evaluate and sparse_codes against plain formulas on dense codes."""

import re
import tracemalloc

import numpy as np
import pytest
import torch

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.sae import SAE, ArraySource, ReLU, TopK, evaluate, sparse_codes

N, D, LATENTS, K = 50, 6, 14, 3


@pytest.fixture
def sae(rng):
    rows = torch.nn.functional.normalize(torch.from_numpy(rng.standard_normal((LATENTS, D))))
    sae = SAE(rows.float(), torch.full((D,), 0.1), TopK(K))
    with torch.no_grad():
        sae.b_enc[:4] = -100  # these never fire
        sae.b_enc[4:] = -0.5  # so that not all k are positive in every sample
    return sae


@pytest.fixture
def x(rng):
    return rng.standard_normal((N, D)).astype(np.float32)


def dense(sae, x):
    with torch.no_grad():
        return sae.encode(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("block", [1, 7, N, 4096])
def test_sparse_codes_are_the_dense_ones_in_any_blocks(sae, x, block):
    codes = sparse_codes(sae, x, block=block)
    assert codes.shape == (N, LATENTS)
    np.testing.assert_allclose(codes.toarray(), dense(sae, x), atol=1e-6)
    assert codes.nnz == (dense(sae, x) > 0).sum()


def test_fvu_l0_and_alive_are_the_plain_formulas(sae, x):
    codes = dense(sae, x).astype(np.float64)
    found = evaluate(sae, x)
    guess = codes @ sae.W_dec.detach().numpy() + 0.1
    error = sum(((x[i] - guess[i]) ** 2).sum() for i in range(N)) / N
    variance = x.astype(np.float64).var(axis=0).sum()
    assert found.fvu == pytest.approx(error / variance, rel=1e-5)
    assert found.l0 == pytest.approx((codes > 0).sum() / N)
    assert 1 < found.l0 < K  # the positive ones are counted, not k
    assert found.alive.tolist() == np.flatnonzero((codes > 0).any(axis=0)).tolist()
    assert not set(range(4)) & set(found.alive)


def test_frequencies_and_lengths_are_the_plain_formulas(sae, x):
    x[7] = 0  # an activation without a length
    codes = dense(sae, x).astype(np.float64)
    guess = codes @ sae.W_dec.detach().numpy() + 0.1
    found = evaluate(sae, x)
    np.testing.assert_array_equal(found.frequency, (codes > 0).mean(axis=0))
    some = np.arange(N) != 7
    lengths = np.linalg.norm(guess, axis=1)[some] / np.linalg.norm(x, axis=1)[some]
    assert found.l2_ratio == pytest.approx(lengths.mean(), rel=1e-5)
    # the factor itself, by least squares: x_hat / factor is nearest to x
    inverse = np.linalg.lstsq(guess.reshape(-1, 1), x.reshape(-1), rcond=None)[0][0]
    assert found.reconstruction_bias == pytest.approx(1 / inverse, rel=1e-5)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 2.0])
def test_what_shrinks_by_a_factor_has_that_ratio_and_that_bias(factor, x):
    rows = torch.cat([torch.eye(D), -torch.eye(D)])
    shrunk = SAE(rows, torch.zeros(D), ReLU(0))
    with torch.no_grad():
        shrunk.W_enc.mul_(factor)
    found = evaluate(shrunk, x)
    assert (found.l2_ratio, found.reconstruction_bias) == pytest.approx((factor, factor))
    assert found.fvu == pytest.approx((1 - factor) ** 2 * (x**2).sum() / N / x.var(axis=0).sum())


def test_a_reconstruction_that_is_always_zero_has_no_bias(x):
    silent = SAE(torch.eye(D), torch.zeros(D), ReLU(0))
    with torch.no_grad():
        silent.b_enc[:] = -100
    found = evaluate(silent, x)
    assert np.isnan(found.reconstruction_bias) and found.l2_ratio == 0
    assert not found.frequency.any()


@pytest.mark.parametrize("sizes", [[50], [1, 49], [10] * 5, [3, 0, 40, 7]])
def test_parts_give_what_the_whole_gives(sae, x, sizes):
    x = x + 10
    whole = evaluate(sae, x)
    ends = np.cumsum(sizes)
    parts = evaluate(sae, (x[end - size : end] for size, end in zip(sizes, ends, strict=True)))
    for name in ("fvu", "l0", "l2_ratio", "reconstruction_bias"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-5), (
            name
        )  # float32, in other blocks
    np.testing.assert_array_equal(parts.frequency, whole.frequency)
    shards = ArraySource([x[:20], x[20:]])
    assert evaluate(sae, shards.blocks(7)).fvu == pytest.approx(whole.fvu, rel=1e-5)


def test_a_long_array_is_never_held(sae, tmp_path):
    path = tmp_path / "long.npy"
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(1_500_000, D))
    array[::1000, 0] = 1
    del array
    tracemalloc.start()
    found = evaluate(sae, np.load(path, mmap_mode="r"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 2**20  # of 36 MB as float32
    assert found.fvu > 1


def test_a_perfect_sae_leaves_nothing_and_one_that_says_the_mean_leaves_all(x):
    rows = torch.cat([torch.eye(D), -torch.eye(D)])
    perfect = SAE(rows, torch.zeros(D), TopK(D))
    assert evaluate(perfect, x).fvu == pytest.approx(0, abs=1e-12)
    mean = SAE(rows, torch.from_numpy(x.mean(axis=0)), TopK(1))
    with torch.no_grad():
        mean.b_enc[:] = -100
    found = evaluate(mean, x)
    assert (found.fvu, found.l0, len(found.alive)) == (pytest.approx(1), 0, 0)


def test_activations_of_other_types_and_read_only_ones_are_taken(sae, x):
    expected = evaluate(sae, x).fvu
    assert evaluate(sae, x.astype(np.float64)).fvu == pytest.approx(expected)
    assert evaluate(sae, Dictionary(x).vectors).fvu == expected


def test_an_sae_evaluated_leaves_no_gradient(sae, x):
    evaluate(sae, x)
    assert all(p.grad is None for p in sae.parameters())


@pytest.mark.parametrize("shape", [(5, D + 1), (D,), (0, D), (2, 3, D)])
def test_activations_of_another_shape_are_refused(sae, shape):
    for measure in (sparse_codes, evaluate):
        with pytest.raises(FeaturetopoError, match=r"shape \(.*\) for an SAE of 6 .* \(b, 6\), b"):
            measure(sae, np.ones(shape, np.float32))


def test_no_activations_and_parts_of_another_shape_are_refused(sae, x):
    for parts, shape in (([], (0, 6)), ([x, x[:, :5]], (50, 5)), ([x[:0]], (0, 6))):
        with pytest.raises(FeaturetopoError, match=re.escape(f"of shape {shape} for an SAE of 6")):
            evaluate(sae, iter(parts))


def test_a_part_that_is_no_number_is_refused(sae, x):
    with pytest.raises(FeaturetopoError, match="the 100 activations are constant, NaN or infinite"):
        evaluate(sae, [x, np.full_like(x, np.nan), x])


@pytest.mark.parametrize("row", [np.ones(D), np.linspace(0.1, 0.7, D), *np.diag([np.nan, np.inf])])
def test_activations_that_do_not_vary_are_refused(sae, row):
    with pytest.raises(
        FeaturetopoError, match=r"the 50 activations are constant, NaN.*give others"
    ):
        evaluate(sae, np.tile(np.resize(row, D), (N, 1)).astype(np.float32))


def test_tensors_are_taken_as_arrays_are(sae, x):
    tensor = torch.from_numpy(x)
    assert (sparse_codes(sae, tensor) != sparse_codes(sae, x)).nnz == 0
    assert evaluate(sae, tensor).fvu == evaluate(sae, x).fvu


def test_codes_of_what_is_no_number_are_refused(sae, x):
    with pytest.raises(FeaturetopoError, match="activations hold NaN or infinite values"):
        sparse_codes(sae, x * np.nan)


BIG = np.random.default_rng(0).standard_normal((5, D))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (BIG * 1e39, "NaN or infinite"),  # float32, in which codes are computed, cannot hold it
        (np.full((5, D), "a"), "activations must be numbers in rows .*: of type <U1"),
        (BIG * 1j, "activations must be numbers in rows .*: of type complex128"),
        (np.full((5, D), None), "activations must be numbers in rows .*: of type object"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_float32_cannot_hold_is_refused(sae, given, message):
    for measure in (sparse_codes, evaluate):
        with pytest.raises(FeaturetopoError, match=message):
            measure(sae, given)


def test_rows_of_unequal_length_are_refused(sae):
    with pytest.raises(FeaturetopoError, match="activations must be numbers in rows of equal"):
        evaluate(sae, [[[1.0] * D, [1.0]]])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_codes_and_reconstructions_that_overflow_are_refused(sae, kind):
    given = np.sign(BIG).astype(kind) * kind(3e38)
    with torch.no_grad():
        sae.W_enc *= 10
    with pytest.raises(FeaturetopoError, match="NaN or infinite codes: scale the activations do"):
        sparse_codes(sae, given)
    with pytest.raises(FeaturetopoError, match="NaN or infinite codes: scale the activations do"):
        evaluate(sae, given)
    with torch.no_grad():
        sae.W_enc /= 10
        sae.W_dec *= 1e20
    with pytest.raises(FeaturetopoError, match=r"5 activations are .* too large: .*; give others"):
        evaluate(sae, given / kind(1e15))


@pytest.mark.parametrize("block", [0, -1, 2.5])
def test_blocks_of_no_rows_are_refused(sae, x, block):
    with pytest.raises(FeaturetopoError, match=f"block={block} must be a whole number, at least 1"):
        sparse_codes(sae, x, block=block)
