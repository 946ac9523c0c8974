"""The book's colours, names and Matplotlib style."""

import matplotlib.pyplot as plt

#: Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = {
    "plain": "#D55E00",
    "standardised": "#009E73",
    "pixel_embedding": "#0072B2",
}

NAMES = {
    "plain": "plain",
    "standardised": "standardised",
    "pixel_embedding": "pixel embedding",
}


def use_style() -> None:
    """Sets the book's Matplotlib style: small figures, sharp text, thin frames."""
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 3.2),
            "figure.dpi": 120,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "axes.labelsize": 9,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "legend.fontsize": 8,
            "legend.frameon": False,
            "axes.prop_cycle": plt.cycler(color=[*COLOURS.values(), "#CC79A7"]),
        }
    )
