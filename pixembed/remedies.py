"""The usual remedies against noise, each one change of the same recipe.

What changes is either the images in training (`augmented-...`), a filter before the
network (`median`, `low-rank`, `autoencoder`), or what stands for a grey level
(`thermometer`, `binary-code`, `fourier`). The network and all other settings stay.
"""

from dataclasses import replace

from pixembed import paper
from pixembed.noise import CLEAN, gaussian, impulse
from pixembed.recipes import Recipe, recipe_for

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

#: What each method was told about the noise, to end the sentence "It was told ...".
TOLD = {
    "standardised": "nothing",
    "augmented-gaussian": "that noise has mean 0, and sums are clipped",
    "augmented-mixture": "both kinds of noise, about how strong, and sums are clipped",
    "augmented-own-clip": "all 21 cases, and that sums are clipped",
    "augmented-own-wrap": "all 21 cases, and that sums wrap",
    "median": "that most pixels near a pixel are like it",
    "low-rank": "that clean images have few parts",
    "autoencoder": "both kinds of noise, about how strong, and sums are clipped",
    "thermometer": "nothing",
    "binary-code": "nothing",
    "fourier": "that grey levels lie on a circle",
}


def recipes(profile: str | None = None) -> dict[str, Recipe]:
    """Returns the recipes of all remedies, and what they are compared with.

    Each is the paper's standardised arm but for one change. What there is to choose is
    taken from the literature, or from clean training images, never from answers under
    the paper's noise:

    - `median`: the smallest window, 3×3. Strokes are two to four pixels wide.
    - `low-rank`: 6 parts, which hold 95 % of the sum of squares of 95 in 100 training
      images.
    - `autoencoder`: the noise of `augmented-mixture`.
    - `thermometer`: 16 levels, as in Buckman and others, 2018.
    - `binary-code`: 64 bits, as in Kishida and Nakayama, 2022, and the least of their
      weights of smoothness, 0.1. It has as many channels as the paper's vectors.
    - `fourier`: octaves, as in Tancik and others, 2020; the shortest wave is 32 grey
      levels long.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from arm to `pixembed.recipes.Recipe`.

    Raises:
        ValueError: if there is no such profile.

    Example:
        >>> recipes("fast")["median"].settings
        {'front_end': 'median', 'learning_rate': 0.001, 'epochs': 6}
    """
    base = recipe_for("standardised", profile)
    keys = [case.key for case in MIXTURE]
    changes = {
        "standardised": {},
        "augmented-gaussian": {"noise": ONE_STRENGTH},
        "augmented-mixture": {"noise": MIXTURE},
        "augmented-own-clip": {"noise": OWN},
        "augmented-own-wrap": {"noise": OWN, "noise_overflow": "wrap"},
        "median": {"front_end": "median", "options": {"size": 3}},
        "low-rank": {"front_end": "low_rank", "options": {"rank": 6}},
        "autoencoder": {"front_end": "autoencoder", "options": {"cases": keys}},
        "thermometer": {"front_end": "thermometer", "options": {"levels": 16}},
        "binary-code": {
            "front_end": "binary_code",
            "options": {"bits": 64, "smoothness": 0.1},
        },
        "fourier": {"front_end": "fourier", "options": {"frequencies": [1, 2, 4, 8]}},
    }
    return {arm: replace(base, arm=arm, **change) for arm, change in changes.items()}
