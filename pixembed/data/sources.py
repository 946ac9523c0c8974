"""Where the full datasets come from, verified."""

import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed import files
from pixembed.checks import check_choice, check_new
from pixembed.data.datasets import Dataset


@dataclass(frozen=True)
class Source:
    """Where a dataset comes from, and what it must be.

    Attributes:
        name: such as `"mnist"`, also that of its file, `mnist.npz`.
        title: its name in words.
        shape: (height, width[, channels]) of an image.
        sha256: dict from `"x_train"`, `"y_train"`, `"x_test"` and `"y_test"` to the
            SHA-256 of the array in hexadecimal.
        classes: int.
        read: function without arguments that returns a dict of these arrays where
            `PIXEMBED_DATA` is not set; None for Keras's dataset of this name.
    """

    name: str
    title: str
    shape: tuple[int, ...]
    sha256: Mapping[str, str]
    classes: int = 10
    read: Callable[[], Mapping[str, NDArray[Any]]] | None = None


#: The datasets by name.
SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Makes a dataset known under its name, which must be new; returns its source.

    Raises:
        ValueError: if there is a dataset of this name.
    """
    check_new("dataset", source.name, SOURCES)
    SOURCES[source.name] = source
    return source


register(
    Source(
        "mnist",
        "MNIST",
        (28, 28),
        {
            "x_train": (
                "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"
            ),
            "y_train": (
                "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"
            ),
            "x_test": (
                "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"
            ),
            "y_test": (
                "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"
            ),
        },
    )
)
register(
    Source(
        "fashion_mnist",
        "Fashion-MNIST",
        (28, 28),
        {
            "x_train": (
                "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012"
            ),
            "y_train": (
                "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7"
            ),
            "x_test": (
                "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a"
            ),
            "y_test": (
                "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9"
            ),
        },
    )
)


def load(name: str, split: str) -> Dataset:
    """Loads the training or the test images of a dataset.

    Args:
        name: a name in `SOURCES`, such as `"mnist"` (60,000 and 10,000 images) or
            `"fashion_mnist"` (the same).
        split: `"train"` or `"test"`.

    Returns:
        `Dataset`.

    Raises:
        FileNotFoundError: if the data are not there and cannot be downloaded.
        ValueError: if there is no such dataset, or if a file is broken or is another
            dataset.
    """
    check_choice("name", name, SOURCES)
    check_choice("split", split, ("train", "test"))
    source = SOURCES[name]
    given = os.environ.get("PIXEMBED_DATA")
    arrays, origin = _from_folder(source, given) if given else _from_source(source)
    images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    verify(source, {f"x_{split}": images, f"y_{split}": labels}, origin)
    return Dataset(f"{source.title}, {split} split", images, labels, source.classes)


def _from_folder(source, folder):
    file = files.path(folder) / f"{source.name}.npz"
    if not file.is_file():
        raise FileNotFoundError(
            f"PIXEMBED_DATA must name a folder that holds {file.name}. "
            f"Received: {folder!r}"
        )
    try:
        with file.open("rb") as opened:
            stored = np.load(opened, allow_pickle=False)
            return {key: stored[key] for key in source.sha256}, file
    except Exception as error:
        raise ValueError(
            f"{file} is broken or is not {source.name}: it must hold "
            f"{list(source.sha256)} ({type(error).__name__}: {error})"
        ) from error


#: What reading a truncated or altered file raises.
_BROKEN = (EOFError, ValueError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def _from_source(source):
    if source.read:
        return source.read(), f"what reads {source.name}"
    return _from_keras(source.name), "Keras's copy"


def _from_keras(name):
    import keras

    try:
        train, test = getattr(keras.datasets, name).load_data()
    except _BROKEN as error:
        raise ValueError(
            f"Keras's copy of {name} is broken ({type(error).__name__}: {error}). "
            "Remove it: it lies in ~/.keras/datasets, or in KERAS_HOME's datasets"
        ) from error
    except Exception as error:
        raise FileNotFoundError(
            f"{name} is not on this machine and could not be downloaded ({error}). "
            f"Set PIXEMBED_DATA to a folder that holds {name}.npz"
        ) from error
    keys = ("x_train", "y_train", "x_test", "y_test")
    return dict(zip(keys, (*train, *test), strict=True))


def verify(
    source: Source, arrays: Mapping[str, NDArray[Any]], origin: str | os.PathLike[str]
) -> None:
    """Refuses arrays that are not those of a dataset.

    Args:
        source: `Source`.
        arrays: dict from a key of its `sha256` to an array.
        origin: where they were found, for the message.

    Raises:
        ValueError: if one is of another kind, shape or content.
    """
    for key, array in arrays.items():
        content = np.ascontiguousarray(array)
        found = hashlib.sha256(content).hexdigest()
        each = () if key in ("labels", "y_train", "y_test") else source.shape
        kind = (content.dtype, content.shape[1:])
        if kind != (np.uint8, each) or found != source.sha256[key]:
            raise ValueError(
                f"{origin}: the array {key!r} is not that of {source.name} "
                f"({content.dtype} {content.shape}, SHA-256 {found[:12]}…, "
                f"expected uint8 {('n', *each)}, {source.sha256[key][:12]}…)"
            )
