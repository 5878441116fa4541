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
# # A first look at a dictionary
# Some 600 word vectors of a real transformer, looked at without telling the tool which words
# belong together: which clusters are there, which loops, and is the year a circle?

# %%
from pathlib import Path

import featuretopo as ft

root = Path.cwd() if Path("data").is_dir() else Path.cwd().parent
words = ft.load(root / "data" / "minilm_words.safetensors")
words

# %% [markdown]
# ## Clusters
# Groups of four or more that hang together below the noise floor, cut where they stand apart.
# The p-value is that of a group as large among as many random directions.

# %%
clusters = ft.clusters(words, rng=0)
for cluster in clusters:
    names = [words.names[row] for row in cluster.members]
    print(f"{len(names):4d}  p {cluster.p_value:.3f}  {', '.join(names[:8])}")

# %% [markdown]
# ## The year
# Months and weekdays, centred, around the origin of their first two principal axes: do they
# stand in calendar order? The p-value counts every circular order there is.

# %%
months = ft.circular_order(words, group="months")
weekdays = ft.circular_order(words, group="weekdays")
print(months.perfect, months.p_value, months.n_orders)
print(weekdays.perfect, weekdays.p_value, weekdays.n_orders)

# %% [markdown]
# ## The noise floor
# How near do random directions come? Whatever is born above that scale cannot be told from chance.

# %%
floor = ft.noise_floor(len(words), words.d)
diagram = ft.persistence(words)
print(f"floor {floor:.3f}", diagram)
