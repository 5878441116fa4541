# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own SAE weights
# Weights lie in files of many layouts. This reads three of them, checks that they are one and the
# same SAE, and looks at its decoder. Put your own folder in place of `folder`, and go on from
# there.

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
import torch

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK, PerShape, UniformMagnitude
from featuretopo.nulls import random_directions
from featuretopo.sae import load_sae, save_sae, sparse_codes
from featuretopo.truth import Blobs, Sphere

truth = ft.GroundTruth([Blobs(4, 8, spread=0.6), Sphere(40)], d=48, rng=0)
model = ft.SimulatedLLM(
    truth,
    cooccurrence=ExactlyK(1),
    frequency=PerShape(joint=0.2, lone=0.02),
    magnitude=UniformMagnitude(0.5, 1.5),
    rng=0,
)
sae = ft.train(
    model, ft.sae.TopK(3), n_latents=96, steps=600, batch_size=1024, learning_rate=8e-3, rng=0
)
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Three layouts of one SAE
# SAELens and sparsify are written by `save_sae`. dictionary_learning stores its decoder the other
# way round, one latent a *column*; its files are made here by hand.

# %%
save_sae(sae, folder / "saelens", layout="saelens")
save_sae(sae, folder / "sparsify", layout="sparsify")

theirs = folder / "dictionary_learning"
theirs.mkdir()
weights = {
    "encoder.weight": sae.W_enc.detach().clone(),  # (n_latents, d)
    "encoder.bias": sae.b_enc.detach().clone(),
    "decoder.weight": sae.W_dec.detach().T.contiguous(),  # (d, n_latents)
    "b_dec": sae.b_dec.detach().clone(),
    "k": torch.tensor(3),
}
torch.save(weights, theirs / "ae.pt")
settings = {"trainer": {"dict_class": "AutoEncoderTopK", "k": 3}}
(theirs / "config.json").write_text(json.dumps(settings))

# %% [markdown]
# `load_sae` finds out which layout it has before it. All three give the codes of the original.

# %%
samples = model.sample(2048, rng=1).activations
codes = sparse_codes(sae, samples)
for layout in ("saelens", "sparsify", "dictionary_learning"):
    read = load_sae(folder / layout)
    off = float(abs(sparse_codes(read, samples) - codes).max())
    print(f"{layout}: {read.architecture}, codes off by {off:.1e}")
    assert off < 1e-5 and np.allclose(read.dictionary.vectors, sae.dictionary.vectors, atol=1e-6)

# %% [markdown]
# ## The decoder alone
# `ft.load` reads nothing but the features. A bare matrix does not say which axis holds them; it
# is refused until you do, because the wrong axis gives plausible figures of the wrong thing.

# %%
decoder = ft.load(folder / "saelens")
np.save(folder / "bare.npy", sae.dictionary.vectors)
try:
    ft.load(folder / "bare.npy")
    refused = ""
except FeaturetopoError as error:
    refused = str(error).removeprefix(f"{folder}/")
print(refused)
assert "features" in refused
bare = ft.load(folder / "bare.npy", features="rows")
assert np.array_equal(bare.vectors, decoder.vectors)
decoder

# %% [markdown]
# ## Look at it
# Dead latents are still where they started, at random: leave them out. Then clusters, each beside
# its p-value, and the same picture of as many random directions.

# %%
alive = ft.sae.evaluate(sae, samples).alive
live = ft.arrangement(decoder.take(alive), name="live latents", rng=0)
nothing = ft.arrangement(
    ft.Dictionary(random_directions(len(alive), decoder.d, np.random.default_rng(0))),
    name="as many random directions",
    rng=0,
)
ft.figures.umaps(live, nothing)

# %%
for cluster in live.clusters:
    print(f"{len(cluster.members)} latents, p {cluster.p_value:.3f}")
assert sum(cluster.p_value <= 0.05 for cluster in live.clusters) == 4
assert not any(cluster.p_value <= 0.05 for cluster in nothing.clusters)
ft.figures.diagrams(live, nothing)

# %% [markdown]
# ## A page for others
# `ft.report` puts all of it into one HTML file; on the command line,
# `featuretopo inspect FOLDER --out page.html` does the same, and `featuretopo compare A B`
# takes two.

# %%
page = ft.report([], folder / "report.html", arrangements=[live, nothing])
print(f"{page.name}: {page.stat().st_size / 1e6:.1f} MB")
