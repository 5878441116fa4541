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
# # SAEs of different LLMs, compared
# Three simulated LLMs, each in a space of its own, with one SAE each. The second is a *twin* of
# the first: the same features, other samples. The third is a *stranger*: other features of the
# same recipe. Which measure tells twin from stranger?

# %%
import featuretopo as ft
from featuretopo.llm import ExactlyK, PerShape, RandomRotation, UniformMagnitude
from featuretopo.sae import TopK, evaluate, sparse_codes
from featuretopo.truth import Blobs, Circle, Sphere

SHAPES = [Blobs(4, 8, spread=0.75), Circle(12), Sphere(40)]
FIRING = {"frequency": PerShape(joint=0.2, lone=0.02), "magnitude": UniformMagnitude(0.5, 1.5)}

home, abroad = (ft.GroundTruth(SHAPES, d=48, rng=seed) for seed in (0, 1))

# %% [markdown]
# ## Three SAEs, and what they say of shared samples
# Two models of one truth can be shown the same samples: the same features fire, each model makes
# its own activations of them. The codes of these samples tell which latent is whose partner, and
# need no common space. The stranger shares nothing, not even samples.


# %%
def trained(name, truth, seed):
    model = ft.SimulatedLLM(
        truth, cooccurrence=ExactlyK(1), embedding=RandomRotation(), name=name, rng=seed, **FIRING
    )
    sae = ft.train(
        model, TopK(3), n_latents=96, steps=1000, batch_size=1024, learning_rate=8e-3, rng=seed
    )
    return model, sae


def seen(model, sae, seed):
    alive = evaluate(sae, model.sample(4096, rng=0).activations).alive
    shared = ft.SimulatedLLM(model.truth, **FIRING).codes(2048, rng=seed)
    codes = sparse_codes(sae, model.activations(shared))[:, alive]
    return ft.arrangement(sae.dictionary.take(alive), name=model.name, rng=0), codes


three = [trained("first", home, 1), trained("twin", home, 2), trained("stranger", abroad, 3)]
first, codes_of_first = seen(*three[0], seed=7)
twin, codes_of_twin = seen(*three[1], seed=7)
stranger, codes_of_stranger = seen(*three[2], seed=8)

# %% [markdown]
# ## Twin
# Every figure beside its null, and a verdict in words.

# %%
with_twin = ft.compare(first, twin, codes=(codes_of_first, codes_of_twin), draws=39, rng=0)
with_twin

# %% [markdown]
# ## Stranger

# %%
with_stranger = ft.compare(
    first, stranger, codes=(codes_of_first, codes_of_stranger), draws=39, rng=0
)
with_stranger

# %% [markdown]
# ## Which measure tells them apart?
# The grey bar is what chance gives. MMCS as they stand is blind: no two models share a space. CKA
# and the overlap of clusters go through partners, and tell.

# %%
pairs = [with_twin, with_stranger]
ft.figures.comparisons(pairs, "mmcs_before", "cka", "cluster_overlap")

# %%
for name in ("mmcs_before", "cka", "cluster_overlap"):
    print(
        with_twin[name].title, *(f"{pair[name].low:.2f}, p {pair[name].p_value}" for pair in pairs)
    )
# near the bound between the two, the last digits of a training decide which
assert with_twin.verdict.judgement in ("shared", "partly shared")
assert with_stranger.verdict.judgement == "not shared"
assert all(pair["mmcs_before"].p_value > 0.05 for pair in pairs)
for name in ("cka", "cluster_overlap"):
    assert with_twin[name].q_value <= 0.05 and with_twin[name].low > with_stranger[name].low + 0.3

# %% [markdown]
# ## Alike in shape, and yet strangers
# The diagrams of all three look the same: a stranger of one recipe has as many blobs, as tight. A
# diagram does not know *which* feature is which. So no verdict rests on one.

# %%
h0 = {pair.b.name: pair["wasserstein_h0"] for pair in pairs}
print({name: f"{measure.low:.2f}, p {measure.p_value}" for name, measure in h0.items()})
assert h0["stranger"].p_value <= 0.05  # nearer than structureless dictionaries are
ft.figures.diagrams(first, twin, stranger)

# %% [markdown]
# ## The verdict, and why it is careful
# So small an SAE, trained for seconds, loses a feature of a blob here and there: the twin's overlap
# is near the bound between shared and partly shared, with the interval that says how sure that is.
# Between some seventy
# partners no rotation is tried in 48 dimensions: a fit would bring chance pairs together as well.
# The demo, five times as large, calls its twin shared and names a permutation and a rotation as
# missing.

# %%
print(with_twin.verdict, with_twin.alignment.words, sep="\n")
print(with_stranger.verdict)
assert not with_twin.alignment.needed and "not tried" in with_twin.alignment.words
