"""Figures and tables in the book's style."""

from pixembed.plots.accuracies import (
    differences,
    factorial_map,
    over_seeds,
    percent,
    points,
    scores,
    sweeps,
    table,
)
from pixembed.plots.dots import (
    case_dots,
    mean_dots,
    method_dots,
    name_arms,
    score_dots,
    yardsticks,
)
from pixembed.plots.forest import forest, waterfall
from pixembed.plots.gains import gain_map
from pixembed.plots.images import (
    network_flow,
    pixel_embedding_flow,
    show_histograms,
    show_images,
    show_numbers,
)
from pixembed.plots.printed import (
    averages,
    closeness,
    draw_printed_and_ours,
    printed_and_ours,
    provenance,
)
from pixembed.plots.style import COLOURS, NAMES, use_style

__all__ = [
    "COLOURS",
    "NAMES",
    "averages",
    "case_dots",
    "closeness",
    "differences",
    "draw_printed_and_ours",
    "factorial_map",
    "forest",
    "gain_map",
    "mean_dots",
    "method_dots",
    "name_arms",
    "network_flow",
    "over_seeds",
    "percent",
    "pixel_embedding_flow",
    "points",
    "printed_and_ours",
    "provenance",
    "score_dots",
    "scores",
    "show_histograms",
    "show_images",
    "show_numbers",
    "sweeps",
    "table",
    "use_style",
    "waterfall",
    "yardsticks",
]
