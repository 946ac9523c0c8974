"""The table editor: other rows in a trained network, and what it reads with them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from pixembed import data, weights
from pixembed.checks import check_choice
from pixembed.noise import CLEAN, OVERFLOWS, Case, add_noise, gaussian
from pixembed.options import GREY_LEVELS
from pixembed.statistics import wilson
from pixembed.widgets import checks, lab, panels
from pixembed.widgets.explorer import module
from pixembed.widgets.tables import checked_tables, decoded, encoded

#: The lab's network whose rows are exchanged.
NETWORK = "pixel embedding"

#: The name of the table that a reader draws, as in table_editor.js.
BY_HAND = "drawn by hand"

#: How many numbers its rows have.
WIDTH = 64

#: The means of the noise, in grey levels, and how many of the lab's digits are asked,
#: as in table_editor.js. The deviation is a fifth of the mean.
STRENGTHS = (0, 10, 25, 50, 75, 100, 150)
DIGITS_ASKED = 100


class Curve(traitlets.TraitType):
    """A finite number for each grey level, kept as a list of floats."""

    default_value = [0.0] * GREY_LEVELS

    def validate(self, _editor: Any, value: Any) -> list[float]:
        curve = np.asarray(value)
        if curve.dtype.kind not in "iuf" or curve.shape != (GREY_LEVELS,):
            raise ValueError(
                f"curve must be {GREY_LEVELS} numbers, one for each grey level. "
                f"Received: {checks.described(value)}"
            )
        if not np.isfinite(curve).all():
            raise ValueError("curve must be finite")
        return curve.astype(float).tolist()


class TableEditor(lab.OnTheShelf):
    """A trained network with another table, and how many digits it reads.

    Make one with `edit_table`. What it shows now can be read and set: `table`, a name,
    or "drawn by hand"; `curve`, what is drawn by hand: for each grey level the place of
    its row on the line from the row of black, 0, to that of white, 1; and `overflow`.
    """

    _esm = module("TableEditor")

    # What is stored: names in order, because notebooks keep no order of a dict; the
    # token of each grey level; and the rows in use by name, float16 in base64.
    names = traitlets.List().tag(sync=True)
    tokens = traitlets.List().tag(sync=True)
    vectors = traitlets.Dict().tag(sync=True)

    # What is shown.
    table = traitlets.Unicode().tag(sync=True)
    curve = Curve().tag(sync=True)
    overflow = traitlets.Unicode(OVERFLOWS[0]).tag(sync=True)

    def __repr__(self):
        return f"Table editor: {len(self.names)} tables, {DIGITS_ASKED} digits"

    @property
    def rows(self) -> NDArray[np.float64]:
        """The row of each grey level in the table that is shown, (256, width)."""
        if self.table != BY_HAND:
            return self._rows_of(self.table)
        black, along = self._line()
        return black + np.outer(self.curve, along)

    @property
    def places(self) -> NDArray[np.float64]:
        """Where the rows stand on the line from black to white, (256,)."""
        black, along = self._line()
        return (self.rows - black) @ along / (along @ along)

    def right(self, cases: Iterable[Case]) -> list[int]:
        """Returns how many of the 100 digits the network reads with these rows.

        Args:
            cases: list of `pixembed.noise.Case`.
        """
        sample, places = data.load_sample(), lab.DIGITS[:DIGITS_ASKED]
        images, labels = sample.images[places], sample.labels[places]
        layers = weights.load(lab.NETWORKS[NETWORK]).layers
        first = [layer.name for layer in layers].index("pixel_embedding") + 1
        counts = []
        for case in cases:
            noisy = add_noise(images, case, seed=0, overflow=self.overflow)
            outputs = self.rows[noisy].astype("float32")
            for layer in layers[first:]:
                outputs = layer(outputs)
            answers = np.argmax(np.asarray(outputs), axis=1)
            counts.append(int((answers == labels).sum()))
        return counts

    def picture(self) -> Figure:
        """Draws what is shown now, for places where no JavaScript runs.

        Returns:
            `matplotlib.figure.Figure`: the places of the rows, and the share of digits
            that are read over the strength of the noise.
        """
        cases = [gaussian(mean, mean / 5) if mean else CLEAN for mean in STRENGTHS]
        counts = self.right(cases)
        parts = [(1, self._draw_places), (1, lambda axis: _draw_course(axis, counts))]
        return panels.draw(f"Table: {self.table}; overflow: {self.overflow}", parts)

    def _rows_of(self, name):
        used, place = np.unique(self.tokens, return_inverse=True)
        return decoded(self.vectors[name], len(used))[place]

    def _line(self):
        rows = self._rows_of(self.names[0])
        return rows[0], rows[-1] - rows[0]

    def _draw_places(self, axis):
        axis.plot(self.places, color=panels.RIGHT)
        axis.set(title="The table: where each row stands", xlabel="grey level")
        axis.set(ylim=(-0.25, 1.25), xticks=[0, 64, 128, 192, 255])
        axis.set_yticks([0, 1], ["black", "white"])
        axis.spines[["top", "right"]].set_visible(False)

    @traitlets.validate("table", "overflow")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        choices = {"table": [*self.names, BY_HAND], "overflow": OVERFLOWS}[name]
        check_choice(name, value, choices)
        return value


def edit_table(tables: Mapping[str, ArrayLike], tokens: ArrayLike) -> TableEditor:
    """Makes a table editor for the lab's network with pixel embedding.

    Args:
        tables: dict from a name to a table, finite floats (rows, 64), none larger than
            65504 in size; they are rounded to half precision. The first is that of the
            network: a reader draws on the line between its rows of black and white.
        tokens: integers (256,), the token of each grey level, rows of the tables.

    Returns:
        `TableEditor`, which shows the first table.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    tokens = checks.checked_tokens(tokens)
    rows = checked_tables(tables, np.unique(tokens))
    width = next(iter(rows.values())).shape[1]
    if width != WIDTH:
        raise ValueError(f"tables must have rows of {WIDTH} numbers. Received: {width}")
    if BY_HAND in rows:
        raise ValueError(f"tables must have other names. Received: {BY_HAND!r}")
    return TableEditor(
        names=list(rows),
        tokens=tokens,
        vectors={name: encoded(one) for name, one in rows.items()},
        table=next(iter(rows)),
    )


def _draw_course(axis, counts):
    shares = np.array(counts) / DIGITS_ASKED
    ends = np.transpose([wilson(count, DIGITS_ASKED) for count in counts])
    axis.vlines(STRENGTHS, *ends, color=panels.RIGHT, lw=1)
    axis.plot(STRENGTHS, shares, color=panels.RIGHT)
    axis.set(title="What the network reads", ylim=(0, 1.02), ylabel="right")
    axis.set(xlabel="mean of the noise, in grey levels", yticks=[0, 0.5, 1])
    axis.spines[["top", "right"]].set_visible(False)
