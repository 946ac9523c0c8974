"""Figures in the book's style."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import ConnectionPatch

from pixembed import results

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


_PRINTED = {
    "plain": ("without", "printed, without PE"),
    "standardised": ("accuracy", "printed"),
    "pixel_embedding": ("with_pe", "printed, with PE"),
}


def use_style():
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


def show_images(images, titles, *, columns=None, size=1.25):
    """Shows grey-level images in rows, black 0 to white 255.

    Args:
        images: uint8 array (n, height, width), or a list of such images.
        titles: n strings.
        columns: int, images in a row; None for all in one.
        size: float, inches an image.

    Returns:
        `matplotlib.figure.Figure`.
    """
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, (size + 0.25) * rows), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, title in zip(axes.flat, images, titles, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize=8)
    return figure


def show_numbers(arrays, titles, *, limits=None, size=1.9):
    """Shows small integer or float arrays as squares with their numbers in them.

    Args:
        arrays: list of 2-D arrays.
        titles: a string for each.
        limits: (black, white), the numbers drawn so; None for each array's own.
        size: float, inches an array.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(
        1, len(arrays), figsize=(size * len(arrays), size + 0.3), squeeze=False
    )
    for axis, array, title in zip(axes[0], arrays, titles, strict=True):
        array = np.asarray(array)
        low, high = limits or (array.min(), array.max())
        axis.imshow(array, cmap="gray", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(array):
            dark = value - low < 0.55 * (high - low)
            text = f"{value:.2f}" if array.dtype.kind == "f" else str(value)
            colour = "white" if dark else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour)
        axis.set_title(title)
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color="grey")
    return figure


def pixel_embedding_flow(image, layer, *, at):
    """Draws Figure 1: one image through the four steps of pixel embedding.

    Args:
        image: uint8 array (height, width), grey levels.
        layer: `pixembed.layers.PixelEmbedding`, built.
        at: (row, column) of the pixel to follow.

    Returns:
        `matplotlib.figure.Figure`.

    Reference: the paper's Figure 1.
    """
    standardised = np.asarray(layer.standardize(image[None]))[0]
    tokens = np.asarray(layer.tokens(image[None]))[0]
    vector = np.asarray(layer.table.embeddings)[tokens[at]]
    panels = (
        (image, "gray", f"grey level\n{image[at]}"),
        (standardised, "cividis", f"standardised\n{standardised[at]:+.3f}"),
        (tokens, "viridis", f"token\n{tokens[at]}"),
    )
    figure, axes = plt.subplots(
        1, 4, figsize=(7.2, 2.7), width_ratios=(1, 1, 1, 0.55), layout="constrained"
    )
    for axis, (picture, colours, title) in zip(axes, panels, strict=False):
        drawn = axis.imshow(picture, cmap=colours)
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
        figure.colorbar(drawn, ax=axis, orientation="horizontal", shrink=0.9, pad=0.04)
        axis.plot(*at[::-1], "s", mfc="none", mec="#D55E00", ms=7, mew=1.6)
    last = axes[3]
    last.barh(np.arange(len(vector)), vector, color=COLOURS["pixel_embedding"])
    last.set_title(f"vector\nrow {tokens[at]} of {layer.table.input_dim}")
    last.set(xlabel="value", ylabel="component", xlim=(-1.1, 1.1))
    last.invert_yaxis()
    last.yaxis.tick_right()
    last.yaxis.set_label_position("right")
    last.spines["left"].set_visible(False)
    last.spines["right"].set_visible(True)
    for left, right in zip(axes[:3], axes[1:], strict=True):
        end = at[::-1] if right is not last else (-1.1, len(vector) / 2)
        figure.add_artist(_arrow(left, at[::-1], right, end))
    return figure


def network_flow(model, image, *, channels=4):
    """Draws Figure 2: one image through every layer of a network.

    Args:
        model: `keras.Model` made by `pixembed.networks.build`.
        image: uint8 array (28, 28), grey levels.
        channels: int, how many channels of each layer are shown.

    Returns:
        `matplotlib.figure.Figure`.

    Reference: the paper's Figure 2.
    """
    import keras

    inner = [layer for layer in model.layers if len(layer.output.shape) == 4]
    outputs = [layer.output for layer in inner] + [model.output]
    *maps, logits = keras.Model(model.input, outputs).predict(image[None], verbose=0)
    figure, axes = plt.subplots(
        channels, len(maps) + 2, figsize=(1.25 * (len(maps) + 2), 1.1 * channels)
    )
    for axis in axes.flat:
        axis.axis("off")
    axes[0, 0].imshow(image, cmap="gray")
    axes[0, 0].set_title("input\n28×28", fontsize=8)
    for column, (layer, found) in enumerate(zip(inner, maps, strict=True), start=1):
        shape = "×".join(map(str, found.shape[1:]))
        title = layer.name.replace("_", " ").replace("pixel embedding", "embedding")
        axes[0, column].set_title(f"{title}\n{shape}", fontsize=8)
        for channel in range(min(channels, found.shape[-1])):
            axes[channel, column].imshow(found[0, :, :, channel], cmap="viridis")
    _logit_bars(figure, axes[:, -1], logits[0])
    return figure


def _logit_bars(figure, axes, logits):
    grid = axes[0].get_gridspec()
    axis = figure.add_subplot(grid[:, -1])
    axis.barh(np.arange(len(logits)), logits, color=COLOURS["pixel_embedding"])
    axis.set_yticks(np.arange(len(logits)))
    axis.invert_yaxis()
    axis.set_title(f"logits\n{len(logits)}", fontsize=8)
    axis.tick_params(labelsize=7)


def _arrow(left, start, right, end):
    return ConnectionPatch(
        xyA=start,
        coordsA=left.transData,
        xyB=end,
        coordsB=right.transData,
        arrowstyle="->",
        color="#D55E00",
        linewidth=1.4,
        shrinkA=5,
        shrinkB=5,
    )


def percent(share, interval):
    """Returns a share and its interval in per cent, such as `"94.8 (93.2–96.0)"`.

    Args:
        share: float, 0 to 1.
        interval: (low, high), floats.
    """
    low, high = interval
    return f"{100 * share:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def band(axis, at, summaries, **style):
    """Draws accuracies over seeds: the mean as a line, smallest to largest as a band.

    Args:
        axis: `matplotlib.axes.Axes`.
        at: numbers (n,), the horizontal positions.
        summaries: n `pixembed.results.Summary`s.
        style: for `Axes.plot`; needs `color`.
    """
    axis.plot(at, [100 * found.mean for found in summaries], **{"ms": 3, **style})
    low = [100 * found.smallest for found in summaries]
    high = [100 * found.largest for found in summaries]
    axis.fill_between(at, low, high, color=style["color"], alpha=0.2, lw=0)


def over_seeds(summary):
    """Returns a mean and its interval over seeds in per cent; one seed has none.

    Args:
        summary: `pixembed.results.Summary`.
    """
    if summary.low is None:
        return f"{100 * summary.mean:.1f}"
    return percent(summary.mean, (max(summary.low, 0), min(summary.high, 1)))


def points(contrast):
    """Returns a difference of accuracies in points, such as `"+9.1 (+7.9 to +10.3)"`.

    Args:
        contrast: `pixembed.results.Contrast`; one of a single seed has no interval.
    """
    text = f"{100 * contrast.mean:+.1f}"
    if contrast.low is None:
        return text
    return f"{text} ({100 * contrast.low:+.1f} to {100 * contrast.high:+.1f})"


def factorial_map(accuracies, marks):
    """Draws accuracies of all combinations as two grids, one for each overflow.

    Args:
        accuracies: dict from overflow to a `pandas.DataFrame`, 0 to 1, a line a coding
            and a column a kind of statistics.
        marks: dict from a pair (coding, statistics) to what is written in the corner
            of its square.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
    for axis, (overflow, grid) in zip(axes, accuracies.items(), strict=True):
        drawn = axis.imshow(100 * grid.to_numpy(), cmap="cividis", vmin=10, vmax=100)
        for (row, column), share in np.ndenumerate(grid.to_numpy()):
            ink = "white" if share < 0.6 else "black"
            where = {"ha": "center", "va": "center", "color": ink}
            axis.text(column, row, f"{100 * share:.0f}", fontsize=10, **where)
            mark = marks.get((grid.index[row], grid.columns[column]), "")
            axis.text(
                column + 0.34, row - 0.3, mark, fontsize=7, weight="bold", **where
            )
        axis.set_xticks(range(len(grid.columns)), grid.columns)
        axis.set(title=f"overflow {overflow}", xlabel="statistics")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    axes[0].set_yticks(range(len(grid.index)), grid.index)
    axes[0].set_ylabel("coding")
    figure.colorbar(drawn, ax=axes, label="accuracy, per cent", shrink=0.85)
    return figure


def bars(axis, summaries, colours):
    """Draws accuracies over seeds as bars, with the smallest and the largest seed.

    Args:
        axis: `matplotlib.axes.Axes`.
        summaries: dict from label to `pixembed.results.Summary`.
        colours: one for each bar.
    """
    shares = list(summaries.values())
    mean = np.array([100 * found.mean for found in shares])
    low = mean - [100 * found.smallest for found in shares]
    high = [100 * found.largest for found in shares] - mean
    at = np.arange(len(shares))
    axis.bar(at, mean, color=colours, yerr=[low, high], capsize=3, ecolor="black")
    for x, top in zip(at, mean + high, strict=True):
        axis.text(x, top + 1.5, f"{mean[x]:.0f}", ha="center", fontsize=8)
    axis.set_xticks(at, summaries, rotation=40, ha="right")
    axis.set(ylabel="accuracy, per cent", ylim=(0, 105))


def table(header, rows):
    """Returns a table for a notebook's output.

    Args:
        header: list of strings.
        rows: list of lists of strings, as long as the header.

    Returns:
        `IPython.display.Markdown`.
    """
    from IPython.display import Markdown

    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def printed(row, arm):
    """Returns the accuracy that the paper prints for an arm, in per cent.

    Args:
        row: `pixembed.paper.Row` or `pixembed.paper.StandardisedRow`.
        arm: one of `pixembed.paper.ARMS`; Tables 3 and 4 have no standardised arm,
            and Table 5 has no other.
    """
    return getattr(row, _PRINTED[arm][0])


def printed_and_ours(stored, rows, arms, *, overflow):
    """Returns a table of the paper's accuracies with ours beside each.

    Args:
        stored: list of `pixembed.results.Result`; each recipe makes a column.
        rows: `pixembed.paper.TABLE_3`, `TABLE_4` or `TABLE_5`.
        arms: list of arms that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        `IPython.display.Markdown`; below it belongs what `provenance` returns.
    """
    recipes = list(dict.fromkeys(result.recipe for result in stored))
    header, lines = ["case"], [[row.case.label] for row in rows]
    for arm in arms:
        header.append(_PRINTED[arm][1])
        for line, row in zip(lines, rows, strict=True):
            line.append(f"{printed(row, arm):.2f}")
        for recipe in recipes:
            several = f", `{recipe}`" if len(recipes) > 1 else ""
            header.append(f"ours, {NAMES[arm]}{several}")
            wanted = {"recipe": recipe, "arm": arm, "overflow": overflow}
            for line, row in zip(lines, rows, strict=True):
                ours = results.summarise(stored, case=row.case.key, **wanted)
                line.append(over_seeds(ours))
    return table(header, lines)


def provenance(stored, arms, *, overflow=None, band=False):
    """Says what accuracies are: images, overflow, recipes, networks, interval.

    Args:
        stored: list of `pixembed.results.Result`.
        arms: list of arms.
        overflow: `"clip"` or `"wrap"`, that of ours; None where both are shown.
        band: bool, whether a figure shows smallest to largest over seeds, instead of
            a table with intervals.

    Returns:
        str, a few sentences.
    """
    seeds, images = {}, set()
    for found in stored:
        if found.arm in arms and overflow in (None, found.overflow):
            seeds.setdefault((found.recipe, found.arm), set()).add(found.seed)
            images.add(found.total)
    counted = "; ".join(
        f"recipe `{recipe}`: "
        + ", ".join(
            f"{len(seeds[recipe, arm])} {NAMES[arm]}"
            for arm in arms
            if (recipe, arm) in seeds
        )
        for recipe in dict.fromkeys(recipe for recipe, _ in seeds)
    )
    if max(map(len, seeds.values())) == 1:
        over = "no interval over seeds, which needs two"
    elif band:
        over = "smallest to largest over seeds as a band"
    else:
        over = "in brackets the 95% interval of the mean over seeds (Student's t)"
    how = f"overflow `{overflow}`, " if overflow else ""
    return (
        f"Accuracy in per cent of {' or '.join(f'{n:,}' for n in sorted(images))} "
        f"images. Printed: one network. Ours: {how}mean over networks ({counted}), "
        f"{over}."
    )


def draw_printed_and_ours(axis, stored, rows, arms, *, overflow, at=None):
    """Draws the paper's accuracies as thin lines, and ours as `band` does.

    Args:
        axis: `matplotlib.axes.Axes`.
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5, in the order of drawing.
        arms: list of arms that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.
        at: numbers, the horizontal positions; None for 0, 1, 2, … with the cases
            written below.
    """
    if at is None:
        at = np.arange(len(rows))
        labels = [row.case.label.replace(", ", "\n") for row in rows]
        axis.set_xticks(at, labels)
        axis.set_xlabel("noise, in grey levels")
    for arm in arms:
        ours = [
            results.summarise(stored, arm=arm, overflow=overflow, case=row.case.key)
            for row in rows
        ]
        style = {"color": COLOURS[arm]}
        band(axis, at, ours, marker="o", label=f"{NAMES[arm]}, ours", **style)
        axis.plot(
            at,
            [printed(row, arm) for row in rows],
            marker="s",
            mfc="white",
            ms=4.5,
            lw=0.8,
            ls="--",
            label=f"{NAMES[arm]}, printed",
            **style,
        )
    axis.set(ylabel="accuracy, per cent", ylim=(0, 102))


def distance_to_printed(stored, rows, arm, *, overflow):
    """Returns how far our means lie from a printed column, in percentage points.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arm: an arm that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        float, the mean over the rows of the absolute deviation.
    """
    ours = [
        results.summarise(stored, arm=arm, overflow=overflow, case=row.case.key)
        for row in rows
    ]
    gaps = [
        abs(printed(row, arm) - 100 * found.mean)
        for row, found in zip(rows, ours, strict=True)
    ]
    return float(np.mean(gaps))


def distance_between_seeds(stored, rows, arm, *, overflow):
    """Returns how far one of our networks lies from the others, in percentage points.

    The yardstick for `distance_to_printed`: each network in turn takes the place of
    the paper's, and is compared with the mean of the others.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arm: one of `pixembed.paper.ARMS`.
        overflow: `"clip"` or `"wrap"`.

    Returns:
        float, the mean over the rows and the networks; None for one network.
    """
    gaps = []
    for row in rows:
        key = (arm, overflow, row.case.key)
        shares = np.array(
            [
                100 * found.correct / found.total
                for found in stored
                if (found.arm, found.overflow, found.case) == key
            ]
        )
        n = len(shares)
        if n < 2:
            return None
        gaps.append(np.abs(shares - shares.mean()) * n / (n - 1))
    return float(np.mean(gaps))
