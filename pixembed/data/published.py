"""MNIST-C as published: the test images of MNIST under 15 corruptions."""

import hashlib
import os

import numpy as np

from pixembed import files
from pixembed.checks import check_choice
from pixembed.data.datasets import Dataset
from pixembed.data.sources import SOURCES

#: The corruptions, and the images as they were.
MNIST_C = (
    *("identity", "shot_noise", "impulse_noise", "glass_blur", "motion_blur"),
    *("shear", "scale", "rotate", "brightness", "translate", "stripe", "fog"),
    *("spatter", "dotted_line", "zigzag", "canny_edges"),
)

#: Where its authors have put it.
MNIST_C_ADDRESS = "https://zenodo.org/record/3237938"


def load_mnist_c(corruption: str) -> Dataset:
    """Loads the published test images of MNIST under one corruption.

    They lie in the folder that `PIXEMBED_DATA` names, as unpacked:
    `mnist_c/fog/test_images.npy` and `test_labels.npy` beside it. The labels must be
    those of MNIST's test images; of the images, no digest is known to us, and only
    kind and shape are checked.

    Args:
        corruption: one of `MNIST_C`.

    Returns:
        `Dataset`, 10,000 images of 28×28.

    Raises:
        FileNotFoundError: if the files are not there.
        ValueError: if there is no such corruption, or if a file is broken or is of
            another kind.

    Reference: Mu and Gilmer 2019.
    """
    check_choice("corruption", corruption, MNIST_C)
    given = os.environ.get("PIXEMBED_DATA", "")
    folder = files.path(given) / "mnist_c" / corruption
    images = _read(folder / "test_images.npy", given)
    labels = _read(folder / "test_labels.npy", given)
    if images.dtype != np.uint8 or images.shape != (10_000, 28, 28, 1):
        raise ValueError(
            f"{folder / 'test_images.npy'} must hold uint8 (10000, 28, 28, 1). "
            f"Received: {images.dtype} {images.shape}"
        )
    content = np.ascontiguousarray(labels).astype(np.uint8)
    digest = hashlib.sha256(content).hexdigest()
    if labels.dtype.kind not in "iu" or digest != SOURCES["mnist"].sha256["y_test"]:
        raise ValueError(
            f"{folder / 'test_labels.npy'} does not hold the labels of MNIST's test "
            f"images. Received: {labels.dtype} {labels.shape}"
        )
    name = f"MNIST-C, {corruption.replace('_', ' ')}"
    return Dataset(name, images[..., 0], labels.astype(np.uint8))


def _read(file, given):
    if not given or not file.is_file():
        raise FileNotFoundError(
            f"PIXEMBED_DATA must name a folder that holds mnist_c/{file.parent.name}/"
            f"{file.name}, unpacked from {MNIST_C_ADDRESS}. Received: {given!r}"
        )
    try:
        return np.load(file, allow_pickle=False)
    except Exception as error:
        raise ValueError(
            f"{file} is broken or is no array ({type(error).__name__}: {error})"
        ) from error
