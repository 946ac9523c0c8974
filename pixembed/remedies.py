"""The usual remedies against noise, each one change of the same recipe.

What changes is what stands for a grey level (such as `thermometer`), a filter before
the network (such as `median`), or the images in training (such as `mixture-clip`). The
network and all other settings stay.
"""

import csv
from dataclasses import replace

from pixembed import paper
from pixembed.noise import CLEAN, gaussian, impulse
from pixembed.recipes import Recipe, neighbours_for
from pixembed.results import REFERENCE

#: Half of the range of grey levels, and clean images beside it: the one strength that
#: Rusak and others (*A simple way to make neural networks robust against diverse image
#: corruptions*, 2020) keep.
ONE_STRENGTH = (CLEAN, gaussian(0, 127.5))

#: The paper's two kinds of noise, in settings that lie between those of the paper, and
#: one of mean 0.
MIXTURE = (
    CLEAN,
    gaussian(0, 30),
    gaussian(3, 1),
    gaussian(18, 4),
    gaussian(60, 12),
    gaussian(120, 12),
    impulse(0.15, 40),
    impulse(0.25, 75),
    impulse(0.45, 60),
    impulse(0.55, 120),
    impulse(0.75, 80),
)

#: The noise of the test itself: what nobody has, and a ceiling for the others.
OWN = (CLEAN, *paper.NOISY_CASES)

_NOISES = "both noises, about how strong"

#: What each method was told about the noise, to end the sentence "It was told ...".
TOLD = {
    "standardised": "nothing",
    "own-image": "nothing",
    "pixel_embedding": "nothing",
    "thermometer": "nothing",
    "binary-code": "nothing",
    "fourier": "that grey levels lie on a circle",
    "median": "that most pixels near a pixel are like it",
    "low-rank": "that clean images have few parts",
    "autoencoder": f"{_NOISES}, and that sums are clipped",
    "one-strength": "that noise has mean 0, and sums are clipped",
    "mixture-clip": f"{_NOISES}, and that sums are clipped",
    "mixture-wrap": f"{_NOISES}, and that sums wrap",
    "own-noise-clip": "all 21 cases, and that sums are clipped",
    "own-noise-wrap": "all 21 cases, and that sums wrap",
    "neighbours": "that noise moves a crowd of pixels together",
}


def recipes(profile: str | None = None) -> dict[str, Recipe]:
    """Returns the recipes of all remedies, and what they are compared with.

    Each is the network behind the standardised grey level, trained as neighbour
    distances are, but for one change. What there is to choose is taken from the
    literature, or from clean training images, never from answers under the paper's
    noise:

    - `own-image`: mean and deviation of the image itself.
    - `pixel_embedding`: the paper's, with statistics of the training images.
    - `thermometer`: 16 levels, as in Buckman and others, 2018.
    - `binary-code`: 64 bits, as in Kishida and Nakayama, 2022, and the least of their
      weights of smoothness, 0.1. It has as many channels as the paper's vectors.
    - `fourier`: octaves, as in Tancik and others, 2020; the shortest wave is 32 grey
      levels long.
    - `median`: the smallest window, 3×3. Strokes are two to four pixels wide.
    - `low-rank`: 6 parts, which hold 95 % of the sum of squares of 95 in 100 training
      images.
    - `autoencoder`: the noise of `mixture-clip`.
    - `neighbours`: `pixembed.recipes.NEIGHBOURS`.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.recipes.neighbours_for`.

    Returns:
        dict from arm to `pixembed.recipes.Recipe`.

    Raises:
        ValueError: if there is no such profile.

    Example:
        >>> recipes("fast")["median"].options["size"]
        3
    """
    ours = neighbours_for(profile)
    base = replace(ours, front_end="number", options={"statistics": "train"})
    keys = [case.key for case in MIXTURE]
    changes = {
        "standardised": {},
        "own-image": {"options": {"statistics": "image"}},
        "pixel_embedding": {"front_end": "pixel_embedding", "options": {}},
        "thermometer": {"front_end": "thermometer", "options": {"levels": 16}},
        "binary-code": {
            "front_end": "binary_code",
            "options": {"bits": 64, "smoothness": 0.1},
        },
        "fourier": {"front_end": "fourier", "options": {"frequencies": [1, 2, 4, 8]}},
        "median": {"front_end": "median", "options": {"size": 3}},
        "low-rank": {"front_end": "low_rank", "options": {"rank": 6}},
        "autoencoder": {"front_end": "autoencoder", "options": {"cases": keys}},
        "one-strength": {"noise": ONE_STRENGTH},
        "mixture-clip": {"noise": MIXTURE},
        "mixture-wrap": {"noise": MIXTURE, "noise_overflow": "wrap"},
        "own-noise-clip": {"noise": OWN},
        "own-noise-wrap": {"noise": OWN, "noise_overflow": "wrap"},
        "neighbours": {"front_end": ours.front_end, "options": ours.options},
    }
    return {arm: replace(base, arm=arm, **change) for arm, change in changes.items()}


def costs() -> dict[str, float]:
    """Returns how long training takes with each remedy, `standardised` being 1.

    Measured on the sample by `python -m benchmarks.remedies`, one thread, all in one
    run. What is done before training, such as teaching the autoencoder, counts.

    Returns:
        dict from arm to a ratio of times, for the epochs of the fast profile.

    Example:
        >>> costs()["standardised"]
        1.0
    """
    epochs = recipes("fast")["standardised"].epochs
    file = REFERENCE / "costs" / "remedies.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        took = {
            line["arm"]: float(line["before"]) + epochs * float(line["one_pass"])
            for line in csv.DictReader(lines)
        }
    return {arm: seconds / took["standardised"] for arm, seconds in took.items()}
