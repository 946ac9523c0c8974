"""Corruptions of the lens and the sensor: blur, motion, too few photons."""

import numpy as np
from numpy.typing import NDArray

from pixembed.noise.chunks import by_chunk, check_stack, generator, to_levels
from pixembed.noise.records import Noise, Parameter, register

_BLUR = {"sigma": Parameter("σ", "width σ in pixels", 0, 20, shown=(0, 4), start=1)}
_MOTION = {
    "length": Parameter("length", "length in pixels", 1, 100, shown=(1, 15), start=7)
}
_SHOT = {
    "photons": Parameter(
        *("photons", "photons of white", 1e-3, 1e6),
        shown=(1, 60),
        start=3,
        step=1,
    )
}

#: Largest angle between the motion and a row, in degrees.
LARGEST_ANGLE = 45


def gaussian_blur(
    images: NDArray[np.uint8], sigma: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Blurs each image, as a lens out of focus does.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        sigma: number, 0 to 20, the deviation of the Gaussian in pixels. Beyond the edge
            the image goes on as it ends.
        rng: int seed or `np.random.Generator`; nothing is drawn.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 0, 255, 0, 0]]], "uint8")
        >>> gaussian_blur(grey, 0.5, rng=0)[0].tolist()
        [[0, 27, 201, 27, 0]]
    """
    from scipy import ndimage

    check_stack(images)
    generator(rng)
    sigma = _BLUR["sigma"].check("sigma", sigma)
    each = (0, sigma, sigma, 0)[: images.ndim]
    numbers = images.astype(np.float32)
    return to_levels(ndimage.gaussian_filter(numbers, each, mode="nearest"))


def draw_angles(images: int, *, rng: int | np.random.Generator) -> NDArray[np.float64]:
    """Draws the direction of a motion for each image.

    Args:
        images: int, how many.
        rng: int seed or `np.random.Generator`.

    Returns:
        float64 array (images,), degrees from the row, -45 to 45.
    """
    drawn = generator(rng).uniform(-LARGEST_ANGLE, LARGEST_ANGLE, images)
    return np.asarray(drawn)


def apply_motion(
    images: NDArray[np.uint8], angles: NDArray[np.floating], length: float
) -> NDArray[np.uint8]:
    """Averages each image over a straight motion.

    Args:
        images: uint8 array (n, height, width[, channels]), grey levels.
        angles: float array (n,), degrees from the row.
        length: number, 1 to 100, in pixels.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    from scipy import ndimage

    check_stack(images)
    length = _MOTION["length"].check("length", length)
    blurred = np.empty(images.shape, np.uint8)
    for image, angle, result in zip(images, angles, blurred, strict=True):
        kernel = np.expand_dims(_kernel(angle, length), tuple(range(2, image.ndim)))
        smooth = ndimage.convolve(image.astype(np.float32), kernel, mode="constant")
        result[:] = to_levels(smooth)
    return blurred


def _kernel(angle, length):
    """The share of the time that a motion spends at each pixel, a square matrix."""
    reach = int(np.ceil(length / 2))
    along = (np.arange(32 * reach) + 0.5) / (32 * reach) - 0.5
    rows = -along * (length - 1) * np.sin(np.radians(angle))
    columns = along * (length - 1) * np.cos(np.radians(angle))
    places = np.arange(-reach, reach + 1)
    near_rows = np.clip(1 - np.abs(rows[:, None] - places), 0, None)
    near_columns = np.clip(1 - np.abs(columns[:, None] - places), 0, None)
    return near_rows.T @ near_columns / len(along)


def motion_blur(
    images: NDArray[np.uint8], length: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Blurs each image along a line, as a camera that moves does.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        length: number, 1 to 100, of the line in pixels; 1 changes nothing.
        rng: int seed or `np.random.Generator`, for the direction of the line, at most
            45 degrees from a row.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019 draw the same directions; along the line they weight
    by half a Gaussian of 3 pixels, and we evenly.
    """
    check_stack(images)
    return apply_motion(images, draw_angles(len(images), rng=rng), length)


def shot(
    images: NDArray[np.uint8], photons: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Counts photons: each pixel is a Poisson number whose mean is its grey level.

    Args:
        images: uint8 array of any shape, grey levels; it is not changed.
        photons: number, 0.001 to a million, the mean count of a white pixel.
        rng: int seed or `np.random.Generator`.

    Returns:
        uint8 array of the same shape; more photons than those of white are white.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 3.

    Example:
        >>> import numpy as np
        >>> shot(np.array([0, 100, 200, 250], "uint8"), 5, rng=0).tolist()
        [0, 102, 0, 255]
    """
    photons = _SHOT["photons"].check("photons", photons)

    def noisy(grey, rng):
        return to_levels(rng.poisson(grey * (photons / 255)) * (255 / photons))

    return by_chunk(noisy, images, rng)


register(Noise("gaussian_blur", gaussian_blur, _BLUR, "Gaussian blur"))
register(Noise("motion_blur", motion_blur, _MOTION, "motion blur"))
register(Noise("shot", shot, _SHOT, "shot"))
