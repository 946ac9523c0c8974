"""The paper's method taken apart: one recipe for every combination of its factors.

A network of the factorial is named by its coding and its statistics, such as
`"trained-batch"`. Overflow, the third factor, is a matter of testing, so that every
network is asked under both. A network of the sweeps is named by the one number in which
it differs from `"trained-train"`, such as `"width-8"`.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pixembed import paper
from pixembed.checks import check_choice
from pixembed.data import profile as current_profile
from pixembed.recipes import Recipe, recipe_for

#: What a network may be given for a pixel: its standardised value; the same clipped;
#: the same truncated and clipped, as a number; the token's row in a table that stays
#: as it started; its row in a table that is trained. Each is a front end with options.
CODINGS = {
    "raw": ("number", {}),
    "clipped": ("clipped", {}),
    "quantised": ("quantised", {}),
    "random": ("pixel_embedding", {"trainable": False}),
    "trained": ("pixel_embedding", {}),
}

#: Where mean and deviation come from; see `recipe`.
STATISTICS = ("range", "train", "image", "batch", "test")

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


def recipe(coding: str, statistics: str, profile: str | None = None) -> Recipe:
    """Returns the recipe of one combination of factors.

    It is that of `pixembed.recipes.recipe_for`, with vectors of 16 numbers instead of
    64 in the profile `fast`.

    Args:
        coding: a name in `CODINGS`.
        statistics: one of `STATISTICS`. `"range"` takes none of any image: it maps the
            grey levels 0..255 to -1..1, for all codings alike, so that none gets
            larger numbers than another and nothing lies beyond the clip. `"train"`,
            `"image"` and `"batch"` are used in training and in testing; a batch is 64
            images that share one noise. `"test"` is trained like `"batch"`, and tested
            with mean and deviation of all noisy test images, as in the released code.
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        `pixembed.recipes.Recipe`.

    Raises:
        ValueError: if there is no such coding, statistics or profile.

    Example:
        >>> found = recipe("trained", "test", "fast")
        >>> found.front_end, found.options["width"], found.test_statistics
        ('pixel_embedding', 16, 'test')
    """
    profile = current_profile(profile)
    check_choice("coding", coding, CODINGS)
    check_choice("statistics", statistics, STATISTICS)
    front_end, options = CODINGS[coding]
    trained_with = "batch" if statistics == "test" else statistics
    options = {**options, "statistics": trained_with}
    if front_end == "pixel_embedding" and profile == "fast":
        options["width"] = FAST_WIDTH
    return replace(
        recipe_for("pixel_embedding", profile),
        arm=f"{coding}-{trained_with}",
        front_end=front_end,
        options=options,
        test_statistics="test" if statistics == "test" else None,
    )


def factorial(profile: str | None = None) -> dict[str, Recipe]:
    """Returns the recipes of all combinations, and the paper's plain one beside them.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from name to `pixembed.recipes.Recipe`.
    """
    recipes = {
        f"{coding}-{statistics}": recipe(coding, statistics, profile)
        for coding in CODINGS
        for statistics in STATISTICS
    }
    return {"plain": recipe_for("plain", profile), **recipes}


def sweeps(profile: str | None = None) -> dict[str, Recipe]:
    """Returns the recipes that change one number each.

    A smaller scale is a smaller vocabulary: the clip stays at one deviation. Another
    limit moves the clip. Fewer training images are seen more often: the number of
    steps stays.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from name to `pixembed.recipes.Recipe`.
    """
    profile = current_profile(profile)
    base = recipe("trained", "train", profile)
    found = {
        **{f"width-{n}": base.with_options(width=n) for n in WIDTHS},
        **{f"scale-{n}": base.with_options(scale=n, limit=n) for n in SCALES},
        **{f"limit-{n}": base.with_options(limit=n) for n in LIMITS},
    }
    every = _ALL_IMAGES[profile]
    for coding in ("raw", "trained"):
        one = recipe(coding, "train", profile)
        for n in IMAGES[profile]:
            epochs = round(one.epochs * every / n)
            found[f"{coding}-images-{n}"] = replace(one, images=n, epochs=epochs)
        found[f"{coding}-images-{every}"] = one
    return found


def tokens(
    images: NDArray[np.uint8], statistics: str, train: NDArray[np.uint8]
) -> NDArray[np.int32]:
    """Returns the tokens that a network of the factorial is given.

    Args:
        images: uint8 array (n, height, width), grey levels.
        statistics: one of `STATISTICS`; batches are 64 images in the order given.
        train: uint8 array, the training images.

    Returns:
        int32 array in the shape of `images`, tokens 0..2000.
    """
    from pixembed.layers import PixelEmbedding

    layer = PixelEmbedding(
        1, statistics="train" if statistics == "test" else statistics
    )
    layer.adapt(images if statistics == "test" else train)
    batches = np.split(images, range(64, len(images), 64))
    return np.concatenate([np.asarray(layer.tokens(batch)) for batch in batches])
