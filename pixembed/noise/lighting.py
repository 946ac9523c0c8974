"""Corruptions of the light: brightness, contrast, fog, stripes in negative."""

import numpy as np
from numpy.typing import NDArray

from pixembed.noise.chunks import check_stack, generator, to_levels
from pixembed.noise.records import Noise, Parameter, register

_BRIGHTNESS = {
    "levels": Parameter("levels", "grey levels", -255, 255, True, start=50, step=1)
}
_CONTRAST = {"factor": Parameter("factor", "factor", start=0.4)}
_FOG = {"thickness": Parameter("thickness", "thickness", 0, 10, start=1.5)}
_STRIPES = {
    "width": Parameter("width", "width in pixels", 0, 1000, True, (0, 14), 7, step=1)
}

#: How fast the waves of fog get weaker as they get shorter: as the power of length.
FOG_POWER = 1.5


def brightness(
    images: NDArray[np.uint8], levels: int, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Adds the same number to all grey levels, clipped at black and white.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        levels: int, -255 to 255.
        rng: int seed or `np.random.Generator`; nothing is drawn.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who add half of the range.

    Example:
        >>> import numpy as np
        >>> brightness(np.array([[[0, 100, 200]]], "uint8"), 100, rng=0).tolist()
        [[[100, 200, 255]]]
    """
    check_stack(images)
    generator(rng)
    levels = _BRIGHTNESS["levels"].check("levels", levels)
    return to_levels(images.astype(np.int16) + levels)


def contrast(
    images: NDArray[np.uint8], factor: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Draws the grey levels of each image towards their mean.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed. Each
            channel has a mean of its own.
        factor: number, 0 (all grey) to 1 (no change), times the distance to the mean.
        rng: int seed or `np.random.Generator`; nothing is drawn.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> import numpy as np
        >>> contrast(np.array([[[0, 100, 200]]], "uint8"), 0.5, rng=0).tolist()
        [[[50, 100, 150]]]
    """
    check_stack(images)
    generator(rng)
    factor = _CONTRAST["factor"].check("factor", factor)
    means = images.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    return to_levels(means + factor * (images - means))


def draw_fog(
    shape: tuple[int, int, int], *, rng: int | np.random.Generator
) -> NDArray[np.float64]:
    """Draws a cloud for each image: long waves are strong, short ones weak.

    Args:
        shape: (n, height, width).
        rng: int seed or `np.random.Generator`.

    Returns:
        float64 array of the given shape, from 0 to 1 in each image.
    """
    images, height, width = shape
    rng = generator(rng)
    frequencies = np.hypot(
        np.fft.fftfreq(2 * height)[:, None], np.fft.rfftfreq(2 * width)
    )
    frequencies[0, 0] = np.inf
    clouds = np.empty(shape)
    for cloud in clouds:
        waves = np.fft.rfft2(rng.standard_normal((2 * height, 2 * width)))
        # A sum of waves closes upon itself; half of it does not.
        whole = np.fft.irfft2(waves / frequencies**FOG_POWER, (2 * height, 2 * width))
        part = whole[:height, :width]
        cloud[:] = (part - part.min()) / max(np.ptp(part), np.finfo(float).tiny)
    return clouds


def apply_fog(
    images: NDArray[np.uint8], clouds: NDArray[np.floating], thickness: float
) -> NDArray[np.uint8]:
    """Adds clouds to images and scales the sum back to the range of the image.

    Args:
        images: uint8 array (n, height, width[, channels]), grey levels.
        clouds: float array (n, height, width), 0 to 1.
        thickness: number, 0 to 10: of a cloud's largest value, in units of white.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    check_stack(images)
    thickness = _FOG["thickness"].check("thickness", thickness)
    clouds = clouds.reshape(*clouds.shape, *[1] * (images.ndim - 3))
    axes = tuple(range(1, images.ndim))
    largest = images.max(axis=axes, keepdims=True).astype(float)
    scale = largest / np.maximum(largest + 255 * thickness, 1)
    return to_levels((images + 255 * thickness * clouds) * scale)


def fog(
    images: NDArray[np.uint8], thickness: float, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Lays a cloud over each image.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        thickness: number, 0 to 10.
        rng: int seed or `np.random.Generator`, for the clouds.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 3; their clouds are drawn by midpoint
    displacement, ours as sums of waves.
    """
    check_stack(images)
    clouds = draw_fog(images.shape[:3], rng=rng)
    return apply_fog(images, clouds, thickness)


def stripes(
    images: NDArray[np.uint8], width: int, *, rng: int | np.random.Generator
) -> NDArray[np.uint8]:
    """Turns a stripe at the left and one at the right into its negative.

    Args:
        images: uint8 array (n, height, width[, channels]); it is not changed.
        width: int, 0 to 1000, of each stripe in pixels; half of an image's width makes
            all of it a negative.
        rng: int seed or `np.random.Generator`; nothing is drawn.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: Mu and Gilmer 2019, who take 7.

    Example:
        >>> import numpy as np
        >>> stripes(np.array([[[0, 100, 200]]], "uint8"), 1, rng=0).tolist()
        [[[255, 100, 55]]]
    """
    check_stack(images)
    generator(rng)
    width = _STRIPES["width"].check("width", width)
    columns = np.arange(images.shape[2])
    inside = (columns < width) | (columns >= images.shape[2] - width)
    striped = images.copy()
    striped[:, :, inside] = 255 - images[:, :, inside]
    return striped


register(Noise("brightness", brightness, _BRIGHTNESS, "brightness"))
register(Noise("contrast", contrast, _CONTRAST, "contrast"))
register(Noise("fog", fog, _FOG, "fog"))
register(Noise("stripes", stripes, _STRIPES, "stripes"))
