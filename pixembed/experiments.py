"""What is trained on what and asked under which cases: the paper's, and ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pixembed import ablation, choices, data, other_data, paper, recipes, remedies
from pixembed.data import Dataset
from pixembed.noise import Case
from pixembed.recipes import Recipe


@dataclass(frozen=True)
class Experiment:
    """What is trained on what, and asked under which cases.

    Attributes:
        name: what it is called in results.
        recipes: dict from arm to `pixembed.recipes.Recipe`.
        images: function that returns (train, test), two `pixembed.data.Dataset`s.
            Where several processes work, each calls it: one that stands in a module
            of its own is found there, with all that this module registers.
        cases: tuple of `pixembed.noise.Case`s that the answers are counted under.
    """

    name: str
    recipes: Mapping[str, Recipe]
    images: Callable[[], tuple[Dataset, Dataset]]
    cases: tuple[Case, ...] = (paper.CLEAN, *paper.NOISY_CASES)


def full() -> tuple[Dataset, Dataset]:
    """Returns MNIST's own 60,000 and 10,000 images."""
    return data.load_for_profile("full")


def fast() -> tuple[Dataset, Dataset]:
    """Returns 4,000 and 1,000 images of the sample."""
    return data.load_for_profile("fast")


def without_sample() -> tuple[Dataset, Dataset]:
    """Returns MNIST's training images without the sample, and its test images."""
    return data.load_mnist_without_sample(), data.load("mnist", "test")


def fashion() -> tuple[Dataset, Dataset]:
    """Returns Fashion-MNIST's 60,000 and 10,000 images."""
    return data.load("fashion_mnist", "train"), data.load("fashion_mnist", "test")


def fashion_fast() -> tuple[Dataset, Dataset]:
    """Returns Fashion-MNIST's first 4,000 and 1,000 images."""
    train, test = fashion()
    return train.rows(slice(4000)), test.rows(slice(1000))


def attacked() -> dict[str, Recipe]:
    """Returns the recipes of the networks that are trained to be attacked.

    They are remedies, trained on fewer images for fewer epochs; `binary` is a
    thermometer of two levels, 1[x > 127].
    """
    every = remedies.recipes("full")
    own = replace(every["own-image"], images=20_000, epochs=6)
    code = replace(every["thermometer"], images=12_000, epochs=3)
    binary = replace(code, arm="binary").with_options(levels=2)
    return {recipe.arm: recipe for recipe in (own, code, binary)}


#: By name: a function of the profile that returns the recipes, and the noisy cases.
_OURS = {
    "ablation": (ablation.factorial, ablation.NOISY_CASES),
    "sweeps": (ablation.sweeps, ablation.NOISY_CASES),
    "choices": (choices.recipes, choices.OTHER_CASES),
    "remedies": (remedies.recipes, paper.NOISY_CASES),
}

#: Experiments by name. Those that end in 55000 train without the sample's 5,000
#: images, so that their networks may be tested on it.
EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            "fast", {arm: recipes.recipe_for(arm, "fast") for arm in paper.ARMS}, fast
        ),
        Experiment("text", recipes.TEXT, full),
        Experiment("text-55000", recipes.TEXT, without_sample),
        Experiment("neighbours", recipes.NEIGHBOURS, full),
        Experiment("neighbours-55000", recipes.NEIGHBOURS, without_sample),
        Experiment(
            "fashion",
            {
                arm: replace(remedies.recipes("full")[arm], images=12_000)
                for arm in ("standardised", "own-image", "neighbours")
            },
            fashion,
        ),
        *(
            Experiment(name, other_data.recipes(network), images, other_data.CASES)
            for name, network, images in (
                ("corruptions-fast", "table1", fast),
                ("fashion-fast", "table1", fashion_fast),
                ("colour-fast", "table1", data.load_digits_on_photographs),
                ("resnet-fast", "resnet", fast),
            )
        ),
        Experiment("attacked-55000", attacked(), without_sample, (paper.CLEAN,)),
        Experiment("code", recipes.CODE, full),
        Experiment("code-55000", recipes.CODE, without_sample),
        Experiment("code-slow", recipes.CODE_SLOW, full),
        Experiment("code-png", recipes.CODE_PNG, full),
        Experiment("code-adam", recipes.CODE_ADAM, full),
        *(
            Experiment(f"{name}{end}", made(profile), images, (paper.CLEAN, *noisy))
            for name, (made, noisy) in _OURS.items()
            for end, profile, images in (("-fast", "fast", fast), ("", "full", full))
        ),
    )
}

_GAUSSIAN = (paper.CLEAN, *paper.GAUSSIAN_CASES)
_IMPULSE = (paper.CLEAN, *paper.IMPULSE_CASES)

#: What each of the paper's tables holds: its arms and its cases; None for those of the
#: experiment.
TABLES = {
    "3": (("plain", "pixel_embedding"), _GAUSSIAN),
    "4": (("plain", "pixel_embedding"), _IMPULSE),
    "5": (("standardised",), _GAUSSIAN),
    "all": (None, None),
}
