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
# # The circle of months, found blind
# A real transformer holds a vector for each word. Nobody tells the tool which words belong
# together: labels are taken off first. Which groups are there, is one of them a circle, and is
# that more than chance?

# %%
from pathlib import Path

import numpy as np

import featuretopo as ft

root = Path.cwd() if Path("data").is_dir() else Path.cwd().parent
labelled = ft.load(root / "data" / "minilm_words.safetensors")
words = ft.Dictionary(labelled.vectors, names=labelled.names)
words

# %% [markdown]
# ## Groups, without labels
# Groups of four or more words that hang together below the noise floor, cut where they stand
# apart. p is the share of Gaussian dictionaries of the same mean and covariance with a group as
# prominent.

# %%
groups = ft.clusters(words, rng=0)


def named(rows):
    return [words.names[row] for row in rows]


for group in groups:
    print(f"{len(group.members):4d}  p {group.p_value:.3f}  {', '.join(named(group.members)[:8])}")

# %%
holding = {name: next(g for g in groups if name in named(g.members)) for name in
           ("1950", "december", "monday")}  # fmt: skip
assert set(named(holding["monday"].members)) == set(labelled.group("weekdays").names)
assert set(named(holding["december"].members)) == set(labelled.group("months").names) - {"may"}
assert holding["1950"].p_value <= 0.05 and holding["monday"].p_value <= 0.05
assert len(holding["1950"].members) == 121  # all the years, and nothing else
# of twelve groups most are no more prominent than chance: the rightness of a name is no test
assert sum(group.p_value <= 0.05 for group in groups) < len(groups) / 2

# %% [markdown]
# The groups hold what a reader would put together. *may* is missing: the token is the auxiliary
# verb as well.
#
# ## Around the middle of each group
# Each group of up to a dozen words, centred, in its own plane of largest variance. Here are the
# names as they come, going round once. No order was given.


# %%
def round_once(x):
    rows = x.centred().vectors
    plane = rows @ np.linalg.svd(rows, full_matrices=False)[2][:2].T  # (n, 2)
    return [x.names[row] for row in np.argsort(np.arctan2(plane[:, 1], plane[:, 0]))]


small = [words.take(group.members) for group in groups if len(group.members) <= 12]
for group in small:
    print(", ".join(round_once(group)))

# %% [markdown]
# Two of these lines are the calendar.
#
# ## The test
# A person sees order easily, so count: of all circular orders of these names, how many keep as
# many neighbours together? Since we looked at several groups, p is multiplied by how many.

# %%
calendar = {
    "months": labelled.group("months").names,
    "weekdays": labelled.group("weekdays").names,
}
found = {}
for name, known in calendar.items():
    group = next(x for x in small if set(x.names) <= set(known))
    found[name] = ft.circular_order(
        group.take([group.names.index(word) for word in known if word in group.names])
    )
    p = min(1.0, len(small) * found[name].p_value)
    print(f"{name}: exactly in order: {found[name].perfect}, corrected p {p:.2g}")
    assert found[name].perfect and p <= 0.05

# %% [markdown]
# Beside them the same two groups with their names shuffled: what a plane shows of an order that
# is not there.

# %%
shuffled = {}
for name in calendar:
    whole = labelled.group(name)
    mixed = np.random.default_rng(1).permutation(len(whole))
    shuffled[name] = ft.circular_order(whole.take(mixed))
    assert shuffled[name].p_value > 0.05
months, weekdays = (ft.circular_order(labelled, group=name) for name in calendar)
assert months.perfect and weekdays.perfect  # with "may" in its place, too
ft.figures.orders(months, shuffled["months"], weekdays, shuffled["weekdays"])

# %% [markdown]
# ## In order, and yet no loop
# The order is certain. A closed loop is another claim, and does not hold: in all 384 dimensions
# the months lie so far apart that nothing closes below the noise floor, the scale at which random
# directions begin to touch.

# %%
floor = ft.noise_floor(len(words), words.d)
bars = ft.persistence(labelled.group("months").centred(), max_scale=2.0).bars[1]
longest = bars[np.argmax(bars[:, 1] - bars[:, 0])]
print(f"floor {floor:.3f}; the months' longest loop is born at {longest[0]:.2f}")
assert longest[0] > floor
