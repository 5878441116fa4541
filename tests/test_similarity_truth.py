"""Published or independently computed values, for the arrays of truth/similarity_cases.py."""

import json
import runpy
from pathlib import Path

import pytest

from featuretopo import similarity

TRUTH = Path(__file__).parent / "truth"
VALUES = json.loads((TRUTH / "similarity.json").read_text())
CASES = runpy.run_path(str(TRUTH / "similarity_cases.py"))["cases"]()
MEASURES = {
    "mean CCA": lambda x, y: similarity.cca(x, y).mean,
    "mean CCA^2 over min(d)": lambda x, y: similarity.cca(x, y).mean_squared,
    "SVCCA 99% variance, mean over min(k)": lambda x, y: similarity.svcca(x, y).mean,
    "Procrustes angular (centred)": similarity.procrustes_angular,
    "Procrustes Euclidean (centred)": similarity.procrustes_euclidean,
    "linear CKA (biased, column-centred)": similarity.cka,
    "linear CKA debiased (Song)": lambda x, y: similarity.cka(x, y, debiased=True),
    "RSA Spearman, Euclid": lambda x, y: similarity.rsa(x, y, metric="euclidean"),
    "RSA Spearman, correlation": lambda x, y: similarity.rsa(x, y, metric="correlation"),
    "RSA Spearman, cosine (uncentred)": similarity.rsa,
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("measure", MEASURES)
def test_known_value(case, measure):
    expected = VALUES[case][measure]["value"]
    x, y = CASES[case]
    assert MEASURES[measure](x, y) == pytest.approx(expected, abs=1e-6)
    assert MEASURES[measure](y, x) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_known_pwcca(case):
    expected = VALUES[case]["PWCCA (X first)"]["value"]
    x, y = CASES[case]
    assert float(similarity.pwcca(x, y)) == pytest.approx(expected, abs=1e-6)
    if x.shape[1] != y.shape[1]:  # weighted by the narrower side, whichever comes first
        assert float(similarity.pwcca(y, x)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("case", [c for c in CASES if "Permutation shape angular" in VALUES[c]])
def test_known_permutation_angle(case):
    expected = VALUES[case]["Permutation shape angular"]["value"]
    x, y = CASES[case]
    assert similarity.permutation_angular(x, y) == pytest.approx(expected, abs=1e-6)


def test_angular_shape_distance_is_the_angular_procrustes_distance():
    assert similarity.angular_shape_distance is similarity.procrustes_angular
