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
# # Persistence, and what in it is significant
# A persistence diagram shows bars; chance makes bars too. Here are two circles and four blobs of
# features among lone directions, beside a dictionary with nothing in it, and what tells them
# apart.

# %%
import numpy as np

import featuretopo as ft
from featuretopo.truth import Blobs, Circle, Sphere

truth = ft.GroundTruth(
    [Circle(12), Circle(24), Blobs(4, 12, spread=0.5), Sphere(80)], d=48, rng=0
).dictionary
ft.persistence(truth)

# %% [markdown]
# ## The noise floor
# How near do as many random directions come to each other? What is born above that scale cannot
# be told from chance, so there the diagram is cut. A bar alive at the cut is *censored*: it dies
# somewhere above, and nobody says where.

# %%
floor = ft.noise_floor(len(truth), truth.d)
diagram = ft.persistence(truth)
print(f"floor {floor:.3f}; {int(diagram.censored[1].sum())} loops are alive there")
assert diagram.max_scale == floor and diagram.censored[1].sum() == 2

# %% [markdown]
# ## Beside its null
# The second dictionary is drawn from a Gaussian of the first one's mean and covariance: as
# uneven, and without structure. Orange marks stand out from chance.

# %%
redrawn = ft.Dictionary(
    np.random.default_rng(0).multivariate_normal(
        truth.vectors.mean(axis=0), np.cov(truth.vectors.T), size=len(truth)
    )
)
real = ft.arrangement(truth, name="two circles, four blobs, lone directions", rng=0)
none = ft.arrangement(redrawn, name="the same mean and covariance, no structure", rng=0)
ft.figures.diagrams(real, none)

# %%
for found in (real, none):
    loops = [(len(loop.members), loop.p_value) for loop in found.loops]
    print(f"{found.name}: {len(found.diagram.bars[1])} bars in H1; loops (size, p): {loops}")
strong = [loop for loop in real.loops if loop.p_value <= 0.05]
assert sorted(len(loop.members) for loop in strong) == [12, 24]
assert len(real.diagram.bars[1]) > len(strong)  # most bars mean nothing
assert not any(loop.p_value <= 0.05 for loop in none.loops)
assert not any(cluster.p_value <= 0.05 for cluster in none.clusters)

# %% [markdown]
# ## Whose loop is it?
# A significant bar has features: these, in their order around the loop. Each circle is found with
# exactly its own.

# %%
for loop in strong:
    names = {truth.names[row].split(" #")[0] for row in loop.members}
    print(
        f"{len(loop.members)} features of {names}, born at {loop.birth:.2f}, p {loop.p_value:.3f}"
    )
    assert len(names) == 1

# %% [markdown]
# ## How often is that wrong?
# A test at level .05 may call one structureless dictionary in twenty. Ten dictionaries, none of
# them with a loop:

# %%
false_finds = 0
for seed in range(10):
    x = ft.Dictionary(np.random.default_rng(seed).standard_normal((128, 48)))
    false_finds += any(loop.p_value <= 0.05 for loop in ft.loops(x, rng=seed))
print(f"{false_finds} of 10 show a loop")
assert false_finds <= 2  # three or more: less than 2 in 100, were the level just held

# %% [markdown]
# Ten are few; `docs/homology.md` has four hundred for each of forty-eight kinds of data.
#
# ## Noise moves a diagram no further than it moves the features
# Jitter every feature. No bar can move by more than twice the largest distance that a feature
# moved: that is the stability theorem, and why bars much longer than the noise can be believed.

# %%
rng = np.random.default_rng(1)
jittered = ft.Dictionary(truth.vectors + 0.02 * rng.standard_normal(truth.vectors.shape))
moved = float(np.linalg.norm(jittered.unit - truth.unit, axis=1).max())
apart = ft.bottleneck(ft.persistence(truth), ft.persistence(jittered), dim=0)
print(f"features moved by up to {moved:.3f}, the diagram of H0 by {apart.high:.3f}")
assert apart.high <= 2 * moved
again = [loop for loop in ft.loops(jittered, rng=0) if loop.p_value <= 0.05]
assert sorted(len(loop.members) for loop in again) == [12, 24]
