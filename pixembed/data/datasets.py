"""Images with their labels, and what makes one set differ from another."""

import hashlib
import io
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixembed.checks import check_images, check_integer


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

    Example:
        >>> import numpy as np
        >>> images, labels = np.zeros((3, 28, 28), "uint8"), np.array([0, 1, 2])
        >>> Dataset("three", images, labels, classes=3)
        <Dataset three: 3 images, 28x28 grey levels>
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    classes: int = 10

    def __post_init__(self) -> None:
        check_labelled(self.images, self.labels)
        check_integer("classes", self.classes, 1)
        if len(self.labels):
            for label in (self.labels.min(), self.labels.max()):
                check_integer("labels", label, 0, self.classes - 1)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"<Dataset {self}>"

    def __str__(self) -> str:
        shape = "x".join(str(side) for side in self.images.shape[1:])
        return f"{self.name}: {len(self):,} images, {shape} grey levels"

    def rows(
        self,
        rows: slice | NDArray[np.integer] | NDArray[np.bool_],
        name: str | None = None,
    ) -> Self:
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


def check_labelled(images: Any, labels: Any) -> None:
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


def digest(*datasets: Dataset) -> str:
    """Returns the SHA-256 of all images and labels, in order, in hexadecimal."""
    found = hashlib.sha256()
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images))
        found.update(np.ascontiguousarray(dataset.labels))
    return found.hexdigest()


def through_jpeg(images: NDArray[np.uint8], quality: int = 75) -> NDArray[np.uint8]:
    """Stores each image as a JPEG file in memory and reads it back.

    Args:
        images: uint8 array (n, height, width[, 3]), grey levels.
        quality: int, 0 to 95, Pillow's; its default is 75.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError: if the images are not uint8.
        ValueError: if there is no such quality.

    Example:
        >>> import numpy as np
        >>> images = np.full((1, 2, 2), 100, "uint8")
        >>> through_jpeg(images, quality=5)
        array([[[108, 108],
                [108, 108]]], dtype=uint8)
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
