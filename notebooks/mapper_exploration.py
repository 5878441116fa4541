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
# # Mapper graphs, explored
# Words about time and numbers from a real transformer in four linked views: what is selected in
# one is selected in all, and in Python. Needs `pip install "featuretopo[explore]"`.

# %%
from pathlib import Path

import numpy as np

import featuretopo as ft

root = Path.cwd() if Path("data").is_dir() else Path.cwd().parent
words = ft.load(root / "data" / "minilm_words.safetensors")
groups = ("months", "weekdays", "hours", "numbers", "ordinals")
time = words.take(np.concatenate([words.members(group) for group in groups]))
time

# %% [markdown]
# ## The views
# Click a node, a point or a bar of the diagram; drag for a lasso; shift adds, Escape clears. With
# the keyboard: arrows move, Enter selects, c selects the component of a node. A change of lens,
# cover or clusterer makes the graph anew.

# %%
views = ft.explore(time)
views

# %% [markdown]
# ## What is selected
# Rows of the dictionary. They can be set from Python as well, and light up above: here those of
# the loop that stands out most.

# %%
loop = min(ft.loops(time, rng=0), key=lambda found: found.p_value)
views.select(loop.members)
assert views.selection.tolist() == loop.members.tolist() and loop.p_value <= 0.05
[time.names[row] for row in views.selection]

# %% [markdown]
# ## Without a kernel
# The same graph as a picture, beside that of random directions: of these, nothing hangs together.

# %%
random = ft.Dictionary(np.random.default_rng(0).standard_normal((len(time), time.d)))
real = ft.arrangement(time, name="words about time and numbers", rng=0)
none = ft.arrangement(random, name="as many random directions", rng=0)
assert none.mapper.n_nodes == 0 < real.mapper.n_components
ft.figures.mappers(real, none)

# %% [markdown]
# ## A page to pass on
# The same views without a kernel; only a new graph cannot be computed there.
# Uncomment to write it.

# %%
# views.to_html("time.html")
