"""Front ends: from grey levels to the channels that a network is given.

A front end is known by its name, and has options of its own; `register` makes another
one known. Keras is imported when a front end is built, not before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pixembed.checks import check_choice, check_integer, check_new, check_number
from pixembed.options import (
    check_axis,
    check_cases,
    check_frequencies,
    check_levels,
    check_limit,
    check_neighbours,
    check_overflow,
    check_radii_of_each,
    check_scale,
    check_shares,
    check_size,
    check_statistics,
    check_width,
)


@dataclass(frozen=True)
class FrontEnd:
    """A way to turn grey levels into channels.

    Attributes:
        name: such as `"pixel_embedding"`.
        build: function of the images, a `keras.KerasTensor` (batch, height, width[,
            channels]), and of an iterator of int seeds for initial weights, with the
            options by name; returns a `keras.KerasTensor` (batch, height, width,
            channels). A layer that has the method `adapt` is given the training
            images.
        defaults: dict from the name of an option to its value where none is given.
        checks: dict from the name of an option to a function that returns the value
            as it is kept, of a type that JSON has, or refuses it.
    """

    name: str
    build: Callable[..., Any]
    defaults: Mapping[str, Any]
    checks: Mapping[str, Callable[[Any], Any]]

    def complete(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns all options, checked: those given, and defaults for the rest.

        Args:
            options: dict from the name of an option to its value.

        Raises:
            TypeError, ValueError: if an option is unknown, or its value is wrong.
        """
        for name in options:
            check_choice(f"an option of {self.name}", name, self.defaults)
        values = {**self.defaults, **options}
        return {name: self.checks[name](value) for name, value in values.items()}


#: The front ends by name.
FRONT_ENDS: dict[str, FrontEnd] = {}


def register(front_end: FrontEnd) -> FrontEnd:
    """Makes a front end known under its name, which must be new; returns it.

    Raises:
        ValueError: if there is a front end of this name.
    """
    check_new("front end", front_end.name, FRONT_ENDS)
    FRONT_ENDS[front_end.name] = front_end
    return front_end


def get(name: str) -> FrontEnd:
    """Returns the `FrontEnd` with the given name.

    Raises:
        ValueError: if there is no such front end.
    """
    check_choice("front_end", name, FRONT_ENDS)
    return FRONT_ENDS[name]


def _number(images, seeds, statistics):
    return _channels(_standardised(images, statistics), images)


def _clipped(images, seeds, statistics, scale, limit):
    from keras import ops

    largest = limit / scale
    numbers = ops.clip(_standardised(images, statistics), -largest, largest)
    return _channels(numbers, images)


def _quantised(images, seeds, statistics, scale, limit):
    from keras import layers

    from pixembed.layers import Quantize

    tokens = Quantize(scale, limit, name="quantize")(_standardised(images, statistics))
    step = 1 / scale
    back = {"scale": step, "offset": -limit * step, "dtype": "float32"}
    return _channels(layers.Rescaling(**back, name="numbers")(tokens), images)


def _pixel_embedding(images, seeds, statistics, scale, limit, width, trainable):
    from keras.initializers import RandomUniform

    from pixembed.layers import PixelEmbedding

    return PixelEmbedding(
        width=width,
        scale=scale,
        limit=limit,
        statistics=statistics,
        embeddings_initializer=RandomUniform(-1.0, 1.0, seed=next(seeds)),
        trainable=trainable,
        name="pixel_embedding",
    )(images)


def _thermometer(images, seeds, levels):
    from pixembed.layers import Thermometer

    return Thermometer(levels, name="thermometer")(images)


def _fourier(images, seeds, frequencies):
    from pixembed.layers import FourierFeatures

    return FourierFeatures(frequencies, name="fourier")(images)


def _binary_code(images, seeds, bits, smoothness):
    from keras.initializers import RandomNormal

    from pixembed.layers import BinaryCode

    start = RandomNormal(stddev=1.0, seed=next(seeds))
    return BinaryCode(bits, smoothness, start, name="binary_code")(images)


def _median(images, seeds, statistics, size):
    from pixembed.layers import MedianFilter

    return _number(MedianFilter(size, name="median")(images), seeds, statistics)


def _low_rank(images, seeds, statistics, rank):
    from pixembed.layers import LowRank

    return _number(LowRank(rank, name="low_rank")(images), seeds, statistics)


def _autoencoder(images, seeds, statistics, **options):
    from pixembed.layers import DenoisingAutoencoder

    denoise = DenoisingAutoencoder(**options, seed=next(seeds), name="autoencoder")
    return _number(denoise(images), seeds, statistics)


def _neighbours(
    images,
    seeds,
    neighbours,
    radii,
    axis,
    other_axis,
    saturation,
    crowd,
    loners,
    width,
    trainable,
):
    from pixembed.layers import (
        Misprints,
        NeighbourDistance,
        RandomSaturation,
        TokenEmbedding,
    )

    saturate = RandomSaturation(saturation, seed=next(seeds), name="saturation")
    distance = NeighbourDistance(
        neighbours, radii, axis, other_axis, seed=next(seeds), name="neighbours"
    )
    largest = distance.largest
    misprint = Misprints(largest, crowd, loners, seed=next(seeds), name="misprints")
    vectors = TokenEmbedding(largest, width, trainable=trainable, name="vectors")
    return vectors(misprint(distance(saturate(images))))


def _standardised(images, statistics):
    from pixembed.layers import Standardize

    return Standardize(statistics, name="standardize")(images)


def _channels(numbers, images):
    """Gives images without channels one."""
    from keras import layers

    height, width, *channels = images.shape[1:]
    shape = (height, width, *(channels or [1]))
    return layers.Reshape(shape, name="channel")(numbers)


def _check_bool(value):
    check_choice("trainable", value, (True, False))
    return bool(value)


_STATISTICS = {"statistics": check_statistics}
_TOKENS = {**_STATISTICS, "scale": check_scale, "limit": check_limit}
_VECTORS = {**_TOKENS, "width": check_width, "trainable": _check_bool}
_PAPER = {"statistics": "train", "scale": 1000, "limit": 1000}
_TRAIN = {"statistics": "train"}


def _count(name):
    """The check of an option that is an int of at least 1."""
    return {name: partial(check_integer, name, low=1)}


#: The grey level itself, standardised if statistics are given.
register(FrontEnd("number", _number, {"statistics": None}, _STATISTICS))

#: The standardised number, clipped at limit / scale deviations.
register(FrontEnd("clipped", _clipped, _PAPER, _TOKENS))

#: The same truncated to whole multiples of 1 / scale.
register(FrontEnd("quantised", _quantised, _PAPER, _TOKENS))

#: The paper's: the token's row in a table. One that is not trainable is a one-hot code
#: of the tokens times a fixed random matrix.
register(
    FrontEnd(
        "pixel_embedding",
        _pixel_embedding,
        {**_PAPER, "width": 64, "trainable": True},
        _VECTORS,
    )
)

#: Bits that light up one after another, as the grey level rises.
register(
    FrontEnd("thermometer", _thermometer, {"levels": 16}, {"levels": check_levels})
)

#: Sines and cosines of the grey level, on a circle of 256.
register(
    FrontEnd(
        "fourier",
        _fourier,
        {"frequencies": [1, 2, 4, 8]},
        {"frequencies": check_frequencies},
    )
)

#: Trained bits.
register(
    FrontEnd(
        "binary_code",
        _binary_code,
        {"bits": 64, "smoothness": 0.1},
        _count("bits") | {"smoothness": partial(check_number, "smoothness", low=0)},
    )
)

#: The number of the grey level after a median filter.
register(
    FrontEnd(
        "median", _median, {**_TRAIN, "size": 3}, {**_STATISTICS, "size": check_size}
    )
)

#: The number of the grey level in an image of low rank.
register(
    FrontEnd("low_rank", _low_rank, {**_TRAIN, "rank": 6}, _STATISTICS | _count("rank"))
)

#: The number of the grey level after a denoising autoencoder.
register(
    FrontEnd(
        "autoencoder",
        _autoencoder,
        {
            **_TRAIN,
            "cases": ["gaussian mean=0 std=64"],
            "overflow": "clip",
            "filters": 16,
            "passes": 10,
        },
        {
            **_STATISTICS,
            "cases": check_cases,
            "overflow": check_overflow,
            **_count("filters"),
            **_count("passes"),
        },
    )
)

#: Tokens that say how far, in grey levels, a pixel is from its k-th nearest neighbour.
#: In training some levels merge, the axis is a circle as often as a line, and some
#: tokens are false; see `pixembed.layers.NeighbourDistance`.
register(
    FrontEnd(
        "neighbours",
        _neighbours,
        {
            "neighbours": [8, 20, 50, 200],
            "radii": [[1, 4], [2, 4, 8, 16], [4, 8, 16], [24, 40]],
            "axis": "line",
            "other_axis": 0.5,
            "saturation": 0.4,
            "crowd": 0.05,
            "loners": [0.02, 0.02, 0.02, 0.3],
            "width": 1,
            "trainable": False,
        },
        {
            "neighbours": check_neighbours,
            "radii": check_radii_of_each,
            "axis": check_axis,
            "other_axis": partial(check_number, "other_axis", low=0, high=1),
            "saturation": partial(check_number, "saturation", low=0, high=1),
            "crowd": partial(check_number, "crowd", low=0, high=1),
            "loners": check_shares,
            "width": check_width,
            "trainable": _check_bool,
        },
    )
)
