"""evaluate and sparse_codes against plain formulas on dense codes."""

import numpy as np
import pytest
import torch

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.sae import SAE, TopK, evaluate, sparse_codes

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


@pytest.mark.parametrize("row", [np.ones(D), np.linspace(0.1, 0.7, D), *np.diag([np.nan, np.inf])])
def test_activations_that_do_not_vary_are_refused(sae, row):
    with pytest.raises(
        FeaturetopoError, match=r"the 50 activations are constant, NaN.*give others"
    ):
        evaluate(sae, np.tile(np.resize(row, D), (N, 1)).astype(np.float32))
