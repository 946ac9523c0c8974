"""Corruptions in the manner of MNIST-C, and the networks that are asked under them.

MNIST-C has no Gaussian noise, and its corruptions are no noise of single pixels but
for two: they move, blur, light and cover what an image shows.

Reference: Mu and Gilmer, *MNIST-C: a robustness benchmark for computer vision*, 2019.
"""

from dataclasses import replace

from pixembed import remedies
from pixembed.noise import CLEAN, Case, gaussian, impulse
from pixembed.recipes import Recipe


def _cases(**settings):
    """From keywords such as `fog={"thickness": 3}` to a dict from words to cases."""
    return {
        WORDS[kind]: Case(kind, tuple(values.items()))
        for kind, values in settings.items()
    }


#: What a corruption is called in figures, by the name of its noise.
WORDS = {
    "shot": "shot noise",
    "salt_and_pepper": "salt and pepper",
    "gaussian_blur": "blur",
    "motion_blur": "motion blur",
    "rotation": "rotation",
    "shear": "shear",
    "scaling": "smaller",
    "translation": "translation",
    "brightness": "brightness",
    "contrast": "contrast",
    "fog": "fog",
    "stripes": "stripes",
}

#: The strengths of MNIST-C, rounded to whole degrees and grey levels; those of blur and
#: contrast, which it leaves out, are the ones that its authors' code has for them. Our
#: motion is even, theirs half a Gaussian of 3 pixels.
CORRUPTIONS = _cases(
    shot={"photons": 3},
    salt_and_pepper={"amount": 0.17},
    gaussian_blur={"sigma": 2},
    motion_blur={"length": 7},
    rotation={"degrees": 23},
    shear={"slope": 0.4},
    scaling={"factor": 0.7},
    translation={"pixels": 3},
    brightness={"levels": 128},
    contrast={"factor": 0.1},
    fog={"thickness": 3},
    stripes={"width": 7},
)

#: All of an image of 28 pixels as its negative.
NEGATIVE = Case("stripes", (("width", 14),))

#: One of the paper's cases of each kind, to compare with.
PAPERS = (gaussian(50, 10), impulse(0.5, 100))

CASES = (CLEAN, *PAPERS, *CORRUPTIONS.values(), NEGATIVE)

#: The numbers in a vector of pixel embedding: 64, as in the paper, take twice as long.
WIDTH = 16

EPOCHS = 3


def recipes(network: str = "table1") -> dict[str, Recipe]:
    """Returns the recipes that are tried on other data and in other networks.

    They are those of `pixembed.remedies` for the sample, but for half of the epochs:
    there are four sets of networks to train. Pixel embedding has vectors of `WIDTH`
    numbers.

    Args:
        network: a name in `pixembed.networks.NETWORKS`.

    Returns:
        dict from arm to `pixembed.recipes.Recipe`.

    Example:
        >>> [*recipes()]
        ['plain', 'standardised', 'own-image', 'pixel_embedding', 'neighbours']
    """
    known = remedies.recipes("fast")
    number = known["standardised"]
    found = {
        "plain": replace(number, arm="plain", options={}),
        "standardised": number,
        "own-image": known["own-image"],
        "pixel_embedding": known["pixel_embedding"].with_options(width=WIDTH),
        "neighbours": known["neighbours"],
    }
    changes = {"network": network, "epochs": EPOCHS}
    return {arm: replace(one, **changes) for arm, one in found.items()}
