"""The embedding explorer: a grey level, its token, its vector and its neighbours."""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
import traitlets
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from pixembed.checks import check_choice, check_integer
from pixembed.widgets import checks, panels
from pixembed.widgets.explorer import NO_PIXEL, Explorer, Whole, module
from pixembed.widgets.tables import checked_tables, decoded, encoded

#: How many neighbours are shown, as in embedding_explorer.js.
NEIGHBOURS = 6

#: The colours of the grey levels on the map, as in embedding_explorer.js.
LEVEL_COLOURS = LinearSegmentedColormap.from_list("levels", ["#00204d", "#ffea46"])


class EmbeddingExplorer(Explorer):
    """A grey level, its token, its vector, its neighbours, and its place on a map.

    Make one with `explore_embedding`. What it shows now can be read and set: `table`,
    `digit`, `level`, and `pixel`, which is -1 or the place width · row + column in
    `image`. A pixel sets the level; a level that the pixel does not have drops the
    pixel.
    """

    _esm = module("EmbeddingExplorer")

    # What is stored.
    labels = traitlets.List().tag(sync=True)
    # The names of the classes, none for the digits 0 to 9.
    classes = traitlets.List().tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    # uint8 (pictures, *shape), channels side by side
    images = traitlets.Bytes().tag(sync=True)
    # The token of each grey level.
    tokens = traitlets.List().tag(sync=True)
    # By the name of a table, for each token that some grey level has, in ascending
    # order: its vector (float16 in base64), and its place on the map.
    vectors = traitlets.Dict().tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)

    # What is shown.
    table = traitlets.Unicode().tag(sync=True)
    digit = Whole().tag(sync=True)
    level = Whole().tag(sync=True)
    pixel = Whole(NO_PIXEL).tag(sync=True)

    def __repr__(self):
        pictures = panels.count_of_pictures(self.labels, self.classes)
        return f"Embedding explorer: {len(set(self.tokens))} tokens, {pictures}"

    @property
    def image(self) -> NDArray[np.uint8]:
        """The picture that is shown, uint8 (height, width), channels side by side."""
        stored = np.frombuffer(self.images, np.uint8)
        return stored.reshape(-1, *self.shape)[self.digit]

    @property
    def neighbours(self) -> list[tuple[int, float]]:
        """The tokens most alike to that of the level, a list of (token, cosine)."""
        vectors = decoded(self.vectors[self.table], len(set(self.tokens)))
        used, place = np.unique(self.tokens), self._place()
        similarity = _cosines(vectors, place)
        order = np.argsort(-similarity, kind="stable")
        nearest = order[order != place][:NEIGHBOURS]
        return [(int(used[other]), float(similarity[other])) for other in nearest]

    def picture(self) -> Figure:
        """Draws what is shown now, for places where no JavaScript runs.

        Returns:
            `matplotlib.figure.Figure`: the digit, the vector, its neighbours and its
            place on the map.
        """
        vectors = decoded(self.vectors[self.table], len(set(self.tokens)))
        parts = [
            (1, self._draw_picture),
            (1, partial(_draw_vector, vector=vectors[self._place()])),
            (0.8, self._draw_neighbours),
            (1.2, self._draw_map),
        ]
        return panels.draw(self._in_words(), parts)

    def _place(self):
        return int(np.searchsorted(np.unique(self.tokens), self.tokens[self.level]))

    def _in_words(self):
        start = (
            f"Grey level {self.level} has the token {self.tokens[self.level]}. "
            f"Vectors: {self.table}."
        )
        neighbours = self.neighbours
        if not neighbours:
            return start
        token, cosine = neighbours[0]
        return (
            f"{start}\nThe most similar row is that of grey level "
            f"{self._levels(token)}, cosine {cosine:.2f}."
        )

    def _levels(self, token):
        found = np.flatnonzero(np.array(self.tokens) == token)
        first, last = found[0], found[-1]
        return f"{first}" if first == last else f"{first} to {last}"

    def _draw_picture(self, axis):
        panels.draw_image(axis, self.image)
        axis.set_title("A picture" if self.classes else "A digit")
        if self.pixel != NO_PIXEL:
            row, column = divmod(self.pixel, self.shape[1])
            axis.plot(column, row, "s", mfc="none", mec=panels.WRONG, ms=6, mew=2)

    def _draw_neighbours(self, axis):
        neighbours = self.neighbours
        names = [self._levels(token) for token, _ in neighbours]
        places = range(len(names))
        axis.barh(places, [cosine for _, cosine in neighbours], color=panels.RIGHT)
        axis.set_yticks(places, names)
        axis.set(title="Its neighbours", xlabel="cosine similarity", xlim=(0, 1))
        axis.set(ylabel="grey level")
        axis.invert_yaxis()
        axis.spines[["top", "right"]].set_visible(False)

    def _draw_map(self, axis):
        used = np.unique(self.tokens)
        levels = [self.tokens.index(token) for token in used]
        x, y = np.transpose(self.maps[self.table])
        axis.scatter(x, y, 12, levels, cmap=LEVEL_COLOURS, ec="0.4", lw=0.4)
        near = np.searchsorted(used, [token for token, _ in self.neighbours])
        axis.plot(x[near], y[near], "o", mfc="none", mec=panels.RIGHT, ms=6)
        place = self._place()
        axis.plot(x[place], y[place], "s", mfc="none", mec=panels.WRONG, ms=8, mew=2)
        axis.set(title="Its place on the map", xlabel="first axis")
        axis.set(ylabel="second axis", xticks=[], yticks=[])
        axis.set_aspect("equal", adjustable="datalim")

    @traitlets.validate("table", "digit")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        choices = {"table": self.vectors, "digit": range(len(self.labels))}[name]
        check_choice(name, value, choices)
        return value

    @traitlets.validate("level")
    def _check_level(self, proposal):
        return check_integer("level", proposal["value"], 0, 255)

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal):
        last = self.image.size - 1
        return check_integer("pixel", proposal["value"], NO_PIXEL, last)

    @traitlets.observe("digit", "pixel")
    def _take_the_level_of_the_pixel(self, _change):
        if self.pixel != NO_PIXEL:
            self.level = int(self.image.flat[self.pixel])

    @traitlets.observe("level")
    def _drop_a_pixel_of_another_level(self, _change):
        if self.pixel != NO_PIXEL and self.image.flat[self.pixel] != self.level:
            self.pixel = NO_PIXEL


def explore_embedding(
    tables: Mapping[str, ArrayLike],
    tokens: ArrayLike,
    images: NDArray[np.uint8],
    labels: ArrayLike,
    *,
    maps: Mapping[str, ArrayLike] | None = None,
    classes: Iterable[str] | int | None = None,
) -> EmbeddingExplorer:
    """Makes an embedding explorer.

    Args:
        tables: dict from a name to a table, finite floats (rows, width), none larger
            than 65504 in size, all of the same shape; they are rounded to half
            precision.
        tokens: integers (256,), the token of each grey level, rows of the tables.
        images: uint8 (n, height, width[, 1 or 3]), 1 to 10 pictures, in grey levels;
            channels are shown side by side.
        labels: integers (n,), the true classes.
        maps: dict from the name of each table to floats (m, 2), the places on a map of
            the m different tokens in ascending order; None for the first two principal
            components.
        classes: list of the names of the classes, or int, how many there are; None
            for pictures of the digits 0 to 9.

    Returns:
        `EmbeddingExplorer`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    checks.check_images(images)
    images = np.stack([panels.side_by_side(image) for image in images])
    classes = checks.checked_classes(classes)
    count = len(classes) or panels.DIGITS
    labels = checks.checked_labels(labels, len(images), count)
    tokens = checks.checked_tokens(tokens)
    used = np.unique(tokens)
    vectors = checked_tables(tables, used)
    if maps is None:
        maps = {name: principal_components(rows) for name, rows in vectors.items()}
    maps = _checked_maps(maps, list(vectors), len(used))
    return EmbeddingExplorer(
        labels=labels,
        classes=classes,
        shape=list(images.shape[1:]),
        images=images.tobytes(),
        tokens=tokens,
        vectors={name: encoded(rows) for name, rows in vectors.items()},
        maps={name: places.round(4).tolist() for name, places in maps.items()},
        table=next(iter(vectors)),
    )


def principal_components(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Returns the first two principal components of vectors.

    Args:
        vectors: floats (n, width), at least one of each.

    Returns:
        float64 (n, 2); the last vector has no negative component. A component that
        vectors so few or so short do not have is 0.
    """
    centred = np.asarray(vectors, dtype=float) - np.mean(vectors, axis=0, dtype=float)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    found = left[:, :2] * sizes[:2]
    places = np.pad(found, [(0, 0), (0, 2 - found.shape[1])])
    return places * np.where(places[-1] < 0, -1, 1)


def _cosines(vectors, place):
    """The cosine similarity of one vector to each, 0 where a vector is zero."""
    lengths = np.linalg.norm(vectors, axis=1)
    products = lengths * lengths[place]
    dots = vectors @ vectors[place]
    return np.divide(dots, products, out=np.zeros_like(dots), where=products > 0)


def _draw_vector(axis, vector):
    axis.bar(range(len(vector)), vector, width=1, color=panels.RIGHT)
    axis.axhline(0, color="0.5", lw=0.5)
    axis.set(title="Its vector", xlabel="component", ylabel="value")
    axis.spines[["top", "right"]].set_visible(False)


def _checked_maps(maps, names, count):
    if not isinstance(maps, Mapping) or list(maps) != names:
        raise ValueError(
            f"maps must be a dict with the keys {names}. "
            f"Received: {checks.described(maps)}"
        )
    arrays = {name: np.asarray(places, dtype=float) for name, places in maps.items()}
    for name, array in arrays.items():
        if array.shape != (count, 2) or not np.isfinite(array).all():
            raise ValueError(
                f"maps[{name!r}] must be finite, of shape ({count}, 2): one place for "
                f"each token. Received shape: {array.shape}"
            )
    return arrays
