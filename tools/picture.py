"""Draw the README's picture: one digit under noise, and two networks' answers."""

from tools.environment import set_quiet_cpu

set_quiet_cpu()

import matplotlib.pyplot as plt  # noqa: E402

from pixembed import (  # noqa: E402
    data,
    evaluation,
    networks,
    paper,
    plots,
    recipes,
    training,
)
from tools.notebooks import ROOT  # noqa: E402

FILE = ROOT / "_static" / "answers.png"
DIGIT = 5
SHOWN = (
    ("no noise", paper.CLEAN, "clip"),
    ("Gaussian, clip", paper.gaussian(75, 15), "clip"),
    ("Gaussian, wrap", paper.gaussian(25, 5), "wrap"),
    ("impulses, clip", paper.impulse(0.7, 100), "clip"),
    ("impulses, wrap", paper.impulse(0.7, 50), "wrap"),
)
ARMS = ("plain", "pixel_embedding")


def trained():
    train, test = data.split_sample(data.load_sample())
    models = {
        arm: training.fit(recipes.recipe_for(arm, "fast"), train, seed=0)[0]
        for arm in ARMS
    }
    return models, test.images[test.labels == DIGIT][:1]


def draw(models, digit):
    figure, axes = plt.subplots(1, len(SHOWN), figsize=(8, 2.7), layout="none")
    figure.subplots_adjust(0.01, 0.29, 0.99, 0.84, wspace=0.06)
    for axis, (title, case, overflow) in zip(axes, SHOWN, strict=True):
        noisy = evaluation.add_noise(digit, case, seed=0, overflow=overflow)
        axis.imshow(noisy[0], cmap="gray", vmin=0, vmax=255)
        axis.set(xticks=[], yticks=[])
        label = case.label if case.parameters else ""
        axis.set_title(f"{title}\n{label}", fontsize=9)
        for row, (arm, model) in enumerate(models.items()):
            odds = networks.probabilities(model, noisy)[0]
            answer = f"{plots.NAMES[arm]}:\n{odds.argmax()} ({odds.max():.0%})"
            weight = "bold" if odds.argmax() == DIGIT else "normal"
            axis.text(
                *(0.5, -0.05 - 0.26 * row),
                answer,
                transform=axis.transAxes,
                ha="center",
                va="top",
                fontsize=8,
                color=plots.COLOURS[arm],
                fontweight=weight,
            )
    return figure


if __name__ == "__main__":
    plots.use_style()
    models, digit = trained()
    draw(models, digit).savefig(FILE, dpi=120)
    print(FILE.name)
