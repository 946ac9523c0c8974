"""The paper's method taken apart: one recipe for every combination of its factors.

A network of the factorial is named by its coding and its statistics, such as
`"trained-batch"`. Overflow, the third factor, is a matter of testing, so that every
network is asked under both. A network of the sweeps is named by the one number in which
it differs from `"trained-train"`, such as `"width-8"`.
"""

from dataclasses import replace

import numpy as np

from pixembed import layers, paper, training
from pixembed.data import profile as current_profile

CODINGS = paper.CODINGS

#: Where mean and deviation come from; see `recipe`.
STATISTICS = ("none", "train", "image", "batch", "test")

#: Every other case of Table 3, every third of Table 4.
GAUSSIAN_CASES = paper.GAUSSIAN_CASES[::2]
IMPULSE_CASES = paper.IMPULSE_CASES[::3]
NOISY_CASES = GAUSSIAN_CASES + IMPULSE_CASES
CASES = (paper.CLEAN, *NOISY_CASES)

#: The paper's arms, as names of the factorial; `"plain"` keeps its own.
PAPER_ARMS = {
    "plain": "plain",
    "standardised": "raw-train",
    "pixel_embedding": "trained-train",
}

WIDTHS = (1, 2, 4, 8, 16, 32, 64)
SCALES = (3, 10, 30, 100, 300, 1000)
LIMITS = (500, 1000, 2000, 3000)

#: Numbers of training images that are tried, by profile, smaller than all of them.
IMAGES = {
    "fast": (500, 1000, 2000),
    "full": (500, 1000, 2000, 4000, 10_000, 30_000),
}
_ALL_IMAGES = {"fast": 4000, "full": 60_000}

#: The numbers in a vector at the scale of the sample: 64 take twice as long.
FAST_WIDTH = 16


def recipe(coding, statistics, profile=None):
    """Returns the recipe of one combination of factors.

    It is that of `pixembed.training.recipe_for`, with vectors of 16 numbers instead of
    64 in the profile `fast`.

    Args:
        coding: one of `pixembed.paper.CODINGS`.
        statistics: one of `STATISTICS`. `"none"` takes none of any image: it maps the
            grey levels 0..255 to -1..1, for all codings alike, so that none gets
            larger numbers than another and nothing lies beyond the clip. `"train"`,
            `"image"` and `"batch"` are used in training and in testing; a batch is 64
            images that share one noise. `"test"` is trained like `"batch"`, and tested
            with mean and deviation of all noisy test images, as in the released code.
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        `pixembed.paper.Recipe`.

    Raises:
        ValueError: if there is no such coding, statistics or profile.
    """
    profile = current_profile(profile)
    for name, value, known in (
        ("coding", coding, paper.CODINGS),
        ("statistics", statistics, STATISTICS),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {known}. Received: {value!r}")
    base = training.recipe_for("pixel_embedding", profile)
    trained_with = {"none": "range", "test": "batch"}.get(statistics, statistics)
    return replace(
        base,
        arm=f"{coding}-{trained_with}",
        coding=coding,
        statistics=trained_with,
        test_statistics="test" if statistics == "test" else None,
        width=FAST_WIDTH if profile == "fast" else base.width,
    )


def factorial(profile=None):
    """Returns the recipes of all combinations, and the paper's plain one beside them.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from name to `pixembed.paper.Recipe`.
    """
    recipes = {
        f"{coding}-{statistics}": recipe(coding, statistics, profile)
        for coding in paper.CODINGS
        for statistics in STATISTICS
    }
    return {"plain": training.recipe_for("plain", profile), **recipes}


def sweeps(profile=None):
    """Returns the recipes that change one number each.

    A smaller scale is a smaller vocabulary: the clip stays at one deviation. Another
    limit moves the clip. Fewer training images are seen more often: the number of
    steps stays.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from name to `pixembed.paper.Recipe`.
    """
    profile = current_profile(profile)
    base = recipe("trained", "train", profile)
    found = {
        **{f"width-{n}": replace(base, width=n) for n in WIDTHS},
        **{f"scale-{n}": replace(base, scale=n, limit=n) for n in SCALES},
        **{f"limit-{n}": replace(base, limit=n) for n in LIMITS},
    }
    every = _ALL_IMAGES[profile]
    for coding in ("raw", "trained"):
        one = recipe(coding, "train", profile)
        for n in IMAGES[profile]:
            epochs = round(one.epochs * every / n)
            found[f"{coding}-images-{n}"] = replace(one, images=n, epochs=epochs)
        found[f"{coding}-images-{every}"] = one
    return found


def tokens(images, statistics, train):
    """Returns the tokens that a network of the factorial is given.

    Args:
        images: uint8 array (n, height, width), grey levels.
        statistics: one of `STATISTICS`; batches are 64 images in the order given.
        train: uint8 array, the training images.

    Returns:
        int32 array in the shape of `images`, tokens 0..2000.
    """
    kind = {"none": "range", "test": "train"}.get(statistics, statistics)
    layer = layers.PixelEmbedding(1, statistics=kind)
    layer.adapt(images if statistics == "test" else train)
    batches = np.split(images, range(64, len(images), 64))
    return np.concatenate([np.asarray(layer.tokens(batch)) for batch in batches])
