"""Digits on photographs: a colour set that needs no network."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixembed.data.datasets import Dataset
from pixembed.data.sample import load_sample, split_sample
from pixembed.files import sha256

#: The photographs that scikit-learn carries, and the SHA-256 of their files.
PHOTOGRAPHS = {
    "china.jpg": "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
    "flower.jpg": "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
}


def load_digits_on_photographs() -> tuple[Dataset, Dataset]:
    """Lays the digits of the sample over patches of two photographs.

    A pixel is the distance between digit and photograph in each channel. Training
    images have patches of the left halves, test images of the right halves.

    Returns:
        two `Dataset`s, (train, test): 4,000 and 1,000 images, 28×28×3.

    Raises:
        FileNotFoundError: if scikit-learn is not installed, or as `load_sample`.
        ValueError: if a photograph is not what it should be, or as `load_sample`.

    Reference: MNIST-M in Ganin and others 2016, who took photographs of BSDS500.
    """
    photographs = [_photograph(*entry) for entry in PHOTOGRAPHS.items()]
    middle = min(photograph.shape[1] for photograph in photographs) // 2
    halves = (np.s_[:, :middle], np.s_[:, middle:])
    train, test = (
        _on_patches(digits, [photograph[half] for photograph in photographs], seed)
        for seed, (digits, half) in enumerate(
            zip(split_sample(load_sample()), halves, strict=True)
        )
    )
    return train, test


def _on_patches(digits, photographs, seed):
    rng = np.random.default_rng(seed)
    patches = draw_patches(photographs, digits.images.shape, rng)
    images = np.abs(patches.astype(np.int16) - digits.images[..., None])
    name = f"{digits.name}, on photographs"
    return Dataset(name, images.astype(np.uint8), digits.labels, digits.classes)


def draw_patches(
    photographs: list[NDArray[np.uint8]],
    shape: tuple[int, int, int],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Cuts patches from places drawn in photographs.

    Args:
        photographs: list of uint8 arrays (height, width, 3), each as likely.
        shape: (n, height, width) of the patches.
        rng: `np.random.Generator`.

    Returns:
        uint8 array (n, height, width, 3).
    """
    count, height, width = shape
    patches = np.empty((*shape, 3), np.uint8)
    for patch, which in zip(
        patches, rng.integers(len(photographs), size=count), strict=True
    ):
        photograph = photographs[which]
        top = rng.integers(photograph.shape[0] - height + 1)
        left = rng.integers(photograph.shape[1] - width + 1)
        patch[:] = photograph[top : top + height, left : left + width]
    return patches


def _photograph(name, digest):
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise FileNotFoundError(
            f"{name} comes with scikit-learn, which is not installed: "
            "pip install scikit-learn"
        )
    file = Path(found.origin).parent / "datasets" / "images" / name
    if not file.is_file() or sha256(file) != digest:
        raise ValueError(
            f"{file} is missing or broken: its SHA-256 must begin with "
            f"{digest[:12]}. Install scikit-learn again"
        )
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))
