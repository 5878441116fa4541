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
# # The demo's story, in small
# Two simulated LLMs fire the same 84 features, each equally often. In one, exactly one feature of
# an active blob or circle fires; in the other, exactly two do. One SAE is trained on each. The
# cosines say that both learned their features. Did they keep how these are *arranged*?

# %%
import featuretopo as ft
from featuretopo.compare import recover
from featuretopo.llm import ExactlyK, PerShape, RandomRotation, UniformMagnitude
from featuretopo.truth import Blobs, Circle, Sphere

truth = ft.GroundTruth([Blobs(4, 8, spread=0.75), Circle(12), Sphere(40)], d=48, rng=0)
truth.dictionary

# %% [markdown]
# ## Train, and hold against the truth
# Held-out samples tell which latents live. Only those are looked at.


# %%
def trained(name, rule):
    model = ft.SimulatedLLM(
        truth,
        cooccurrence=rule,
        frequency=PerShape(joint=0.2, lone=0.02),
        magnitude=UniformMagnitude(0.5, 1.5),
        embedding=RandomRotation(),
        name=name,
        rng=1,
    )
    sae = ft.train(
        model, ft.sae.TopK(3), n_latents=96, steps=600, batch_size=1024, learning_rate=8e-3, rng=0
    )
    return model, sae


def against_truth(model, sae):
    held_out = model.sample(4096, rng=2)
    measured = ft.sae.evaluate(sae, held_out.activations)
    live = ft.arrangement(sae.dictionary.take(measured.alive), name=model.name, rng=0)
    found = recover(
        truth,
        model.dictionary,
        live,
        fvu=measured.fvu,
        l0=measured.l0,
        true_l0=float((held_out.values > 0).sum(axis=1).mean()),
        dead_latents=sae.n_latents - len(measured.alive),
        rng=0,
    )
    return live, found


both = [trained("exactly one", ExactlyK(1)), trained("exactly two", ExactlyK(2))]
(one, kept_of_one), (two, kept_of_two) = (against_truth(*each) for each in both)

# %% [markdown]
# The truth itself goes through the same tests. It is the control: what could be found at all.

# %%
itself = ft.arrangement(truth.dictionary, name="the truth itself", rng=0)
control = recover(truth, truth.dictionary, itself, fvu=0, l0=3, true_l0=3, dead_latents=0, rng=0)
ft.figures.recoveries(control, kept_of_one, kept_of_two)


# %%
def kept(recovery, kind):
    return sum(shape.recovered for shape in recovery.shapes if shape.kind == kind)


for found in (control, kept_of_one, kept_of_two):
    print(
        f"{found.name}: MMCS {found.mmcs_truth_to_sae:.2f}, {kept(found, 'blob')} of 4 blobs, "
        f"{kept(found, 'circle')} of 1 circle, {found.distinct_share:.2f} latents per feature"
    )
assert (kept(control, "blob"), kept(control, "circle")) == (4, 1)
assert kept(kept_of_one, "blob") >= 3 and kept(kept_of_two, "blob") == 0
assert kept(kept_of_one, "circle") == kept(kept_of_two, "circle") == 0
assert kept_of_two.mmcs_truth_to_sae > 0.9
assert kept_of_two.distinct_share < 0.7 < kept_of_one.distinct_share

# %% [markdown]
# **Where two features of a blob fire together, the blob is gone**: one latent stands for all of
# it. The mean max cosine hardly notices. No SAE keeps the circle: a few latents span its plane.
#
# ## Each score beside its null
# Of the second SAE: MMCS and the share of features that pass the nearest-neighbour test are far
# beyond those of strangers, truths that it never saw (grey). The number of distinct best latents
# is hardly more than a stranger has, and its clusters agree with the truth's no more than chance.

# %%
scores = {measure.name: measure for measure in kept_of_two.measures}
for measure in scores.values():
    print(f"{measure.title}: {measure.low:.2f}, by chance {measure.null_mean:.2f}")
assert scores["mmcs_truth_to_sae"].p_value <= 0.05
assert scores["distinct_share"].low - scores["distinct_share"].null_mean < 0.1
assert abs(scores["cluster_agreement"].low) < 0.05
ft.figures.measures(*scores.values())

# %% [markdown]
# ## The same in diagrams
# Bars of H0 (left strips): the truth has short ones, where blobs hang together, and long ones.
# The second SAE has only long ones left. Orange in H1: the loop of the circle, which no SAE has.

# %%
assert any(loop.p_value <= 0.05 for loop in itself.loops)
assert not any(loop.p_value <= 0.05 for found in (one, two) for loop in found.loops)
ft.figures.diagrams(itself, one, two)
