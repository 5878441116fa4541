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
# # A clustering illusion, made and unmasked
# Three hundred directions without any group in them. A usual recipe (UMAP to the plane, HDBSCAN
# on the plane) finds groups all the same. So does a Mapper graph, and the mean max cosine finds
# agreement where there is none. Each is unmasked by doing the same to data known to be empty.

# %%
import numpy as np
from sklearn.cluster import HDBSCAN

import featuretopo as ft
from featuretopo.compare import beside_null
from featuretopo.nulls import random_directions
from featuretopo.similarity import mmcs

rng = np.random.default_rng(0)
spread = 1 / np.sqrt(np.arange(1, 65))  # as in real models, a few directions hold most variance
empty = ft.Dictionary(rng.standard_normal((300, 64)) * spread)
empty

# %% [markdown]
# ## The illusion
# Count the groups in the plane.


# %%
def groups_in_the_plane(x):
    plane = ft.umap(x, n_neighbors=10, rng=0).xy
    labels = HDBSCAN(min_cluster_size=5, copy=True).fit_predict(plane)
    return int(labels.max()) + 1, labels


n_groups, labels = groups_in_the_plane(empty)
share = (labels >= 0).mean()
print(f"{n_groups} groups hold {share:.0%} of the directions")
assert n_groups >= 5 and share > 0.6

# %% [markdown]
# At the left the picture that would be published, coloured by the groups found. At the right, the
# same recipe on data drawn from nothing but the mean and covariance of the first: they look
# alike.


# %%
def redrawn(x, seed):
    return ft.Dictionary(
        np.random.default_rng(seed).multivariate_normal(
            x.vectors.mean(axis=0), np.cov(x.vectors.T), size=len(x)
        )
    )


def coloured(x, name):
    plain = ft.Dictionary(x.vectors, groups_in_the_plane(x)[1])
    return ft.arrangement(plain, name=name, rng=0)


portrait = coloured(empty, "groups found in data without groups")
ft.figures.umaps(portrait, coloured(redrawn(empty, 0), "the same, of a redraw"))

# %% [markdown]
# ## Unmasked
# Do it nineteen times more. The number of groups lies in the middle of what nothing gives.

# %%
null = [groups_in_the_plane(redrawn(empty, seed))[0] for seed in range(1, 20)]
counted = beside_null("groups", "Groups found by UMAP and HDBSCAN", n_groups, null, "redraws")
assert counted.p_value > 0.05
ft.figures.measures(counted)

# %% [markdown]
# `ft.clusters` takes no picture for evidence. It works in all 64 dimensions, and each group has
# the share of such redraws, searched in the same way, with one as prominent. None stands out.

# %%
for cluster in portrait.clusters:
    print(f"{len(cluster.members)} features, p {cluster.p_value:.3f}")
assert all(cluster.p_value > 0.05 for cluster in portrait.clusters)

# %% [markdown]
# ## A Mapper graph of nothing
# Components and loops of the graph below come from lens and cover. `ft.mapper_test` makes the
# same graph of redrawn dictionaries, lens and all.

# %%
test = ft.mapper_test(empty, draws=39, rng=0)
print(test)
assert test.graph.n_components > 1 and test.components.p_value > 0.05
assert test.loop_reach.p_value > 0.05
test.graph

# %% [markdown]
# ## Agreement of strangers
# Two sets of 1,024 random directions in 16 dimensions have a mean max cosine above .7: with so
# many on so few dimensions, something is always near. Its chance level is known, and takes all of
# it away.

# %%
one, other = (ft.Dictionary(random_directions(1024, 16, np.random.default_rng(i))) for i in (1, 2))
agreement = mmcs(one, other)
print(f"MMCS {agreement.a_to_b:.3f}, by chance {agreement.chance_a_to_b:.3f}")
assert agreement.a_to_b > 0.7 and abs(agreement.corrected) < 0.01

# %% [markdown]
# ## Is the test merely strict?
# No: put four groups of ten among the same directions, and it finds these four, feature by
# feature.

# %%
centres = np.repeat(random_directions(4, 64, rng), 10, axis=0)
planted = centres + 0.5 * random_directions(40, 64, rng)
both = ft.Dictionary(np.concatenate([planted, random_directions(200, 64, rng)]))
found = ft.clusters(both, rng=0)
real = [set(cluster.members.tolist()) for cluster in found if cluster.p_value <= 0.05]
print(f"{len(real)} groups stand out, of {[len(group) for group in real]} features")
assert sorted(map(sorted, real)) == [list(range(i, i + 10)) for i in range(0, 40, 10)]
