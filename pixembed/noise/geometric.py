"""Corruptions that move pixels: rotation, shear, scaling, translation.

What comes in from beyond the edge of an image is black. Between pixels levels are
interpolated linearly. Channels move together.
"""

import numpy as np
from numpy.typing import NDArray

from pixembed.noise.chunks import check_stack, generator, to_levels
from pixembed.noise.records import Noise, Parameter, register

_ROTATION = {
    "degrees": Parameter("angle", "angle in degrees", 0, 180, start=20, step=1)
}
_SHEAR = {"slope": Parameter("slope", "slope", 0, 2, start=0.4)}
_SCALING = {"factor": Parameter("factor", "factor", 0.1, 4, start=0.7)}
_TRANSLATION = {
    "pixels": Parameter("pixels", "pixels", 0, 1000, True, (0, 8), start=3, step=1)
}


def draw_signs(
    shape: tuple[int, ...], *, rng: int | np.random.Generator
) -> NDArray[np.int64]:
    """Draws 1 or -1, each as likely as the other.

    Args:
        shape: tuple of ints, the shape to draw.
        rng: int seed or `np.random.Generator`.

    Returns:
        int array of the given shape.
    """
    return np.asarray(2 * generator(rng).integers(2, size=shape) - 1)


def apply_affine(
    images: NDArray[np.uint8],
    matrices: NDArray[np.floating],
    shifts: NDArray[np.number],
) -> NDArray[np.uint8]:
    """Moves the pixels of each image by a matrix about its middle, and by a shift.

    Args:
        images: uint8 array (n, height, width[, channels]), grey levels.
        matrices: float array (n, 2, 2): a place of the result, rows before columns
            and counted from the middle, times this is where its level is taken from.
        shifts: array (n, 2), in pixels, added to that place.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if the images are of the wrong kind or shape.
    """
    from scipy import ndimage

    check_stack(images)
    height, width = images.shape[1:3]
    middle = (np.array([height, width]) - 1) / 2
    planes = images if images.ndim == 4 else images[..., None]
    moved = np.empty(planes.shape, np.uint8)
    for image, matrix, shift, result in zip(
        planes, matrices, shifts, moved, strict=True
    ):
        whole = np.eye(3)
        whole[:2, :2] = matrix
        offset = [*(middle - matrix @ middle + shift), 0]
        result[:] = to_levels(
            ndimage.affine_transform(
                image.astype(np.float32), whole, offset, order=1, mode="grid-constant"
            )
        )
    return moved.reshape(images.shape)


def rotation(
    images: NDArray[np.uint8], degrees: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Turns each image about its middle, to the left or to the right.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        degrees: number, 0 to 180.
        rng: int seed or `np.random.Generator`, for the direction.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who turn by 0.4 radians, about 23 degrees.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 9, 0], [0, 50, 0], [0, 0, 0]]], "uint8")
        >>> rotation(grey, 180, rng=0)[0].tolist()
        [[0, 0, 0], [0, 50, 0], [0, 9, 0]]
    """
    check_stack(images)
    angle = np.radians(_ROTATION["degrees"].check("degrees", degrees))
    angles = angle * draw_signs((len(images),), rng=rng)
    sine, cosine = np.sin(angles), np.cos(angles)
    matrices = np.stack([cosine, -sine, sine, cosine], axis=-1).reshape(-1, 2, 2)
    return apply_affine(images, matrices, np.zeros((len(images), 2)))


def shear(
    images: NDArray[np.uint8], slope: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Slants each image to the left or to the right.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        slope: number, 0 to 2: pixels to the side for each pixel up.
        rng: int seed or `np.random.Generator`, for the direction.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 0.4.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 9, 0], [0, 9, 0], [0, 9, 0]]], "uint8")
        >>> shear(grey, 1, rng=0)[0].tolist()
        [[0, 0, 9], [0, 9, 0], [9, 0, 0]]
    """
    check_stack(images)
    slope = _SHEAR["slope"].check("slope", slope)
    matrices = np.tile(np.eye(2), (len(images), 1, 1))
    matrices[:, 1, 0] = slope * draw_signs((len(images),), rng=rng)
    return apply_affine(images, matrices, np.zeros((len(images), 2)))


def scaling(
    images: NDArray[np.uint8], factor: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Makes what each image shows larger or smaller about its middle.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        factor: number, 0.1 to 4; less than 1 makes it smaller.
        rng: int seed or `np.random.Generator`; nothing is drawn.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 0.7.

    Example:
        >>> import numpy as np
        >>> grey = np.zeros((1, 5, 5), "uint8")
        >>> grey[0, 0] = 8
        >>> scaling(grey, 0.5, rng=0)[0, :, 2].tolist()
        [0, 8, 0, 0, 0]
    """
    check_stack(images)
    generator(rng)
    factor = _SCALING["factor"].check("factor", factor)
    matrices = np.tile(np.eye(2) / factor, (len(images), 1, 1))
    return apply_affine(images, matrices, np.zeros((len(images), 2)))


def translation(
    images: NDArray[np.uint8], pixels: int, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Moves each image up or down, and left or right.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        pixels: int, 0 to 1000, along each axis.
        rng: int seed or `np.random.Generator`, for the directions.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 3.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 0, 0], [0, 9, 0], [0, 0, 0]]], "uint8")
        >>> translation(grey, 1, rng=0)[0].tolist()
        [[9, 0, 0], [0, 0, 0], [0, 0, 0]]
    """
    check_stack(images)
    pixels = _TRANSLATION["pixels"].check("pixels", pixels)
    matrices = np.tile(np.eye(2), (len(images), 1, 1))
    return apply_affine(
        images, matrices, pixels * draw_signs((len(images), 2), rng=rng)
    )


register(Noise("rotation", rotation, _ROTATION, "rotation"))
register(Noise("shear", shear, _SHEAR, "shear"))
register(Noise("scaling", scaling, _SCALING, "scaling"))
register(Noise("translation", translation, _TRANSLATION, "translation"))
