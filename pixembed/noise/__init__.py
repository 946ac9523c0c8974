"""Noise on 8-bit images, other corruptions of them, and their settings.

Every noise takes uint8 grey levels (0..255) and returns a new uint8 array of the same
shape. Drawing and applying are separate functions: what was drawn can be looked at
and applied again. `register` makes another noise known; what evaluates, labels and
explores noises follows from its record. Nothing here needs Keras.
"""

from pixembed.noise.additive import (
    LARGEST_GREY_LEVELS,
    OVERFLOWS,
    additive_gaussian,
    additive_impulse,
    apply_additive,
    draw_gaussian,
    draw_impulse,
)
from pixembed.noise.blurring import (
    apply_motion,
    draw_angles,
    gaussian_blur,
    motion_blur,
    shot,
)
from pixembed.noise.cases import (
    CLEAN,
    Case,
    add_noise,
    add_one_of,
    from_key,
    gaussian,
    impulse,
)
from pixembed.noise.geometric import (
    apply_affine,
    draw_signs,
    rotation,
    scaling,
    shear,
    translation,
)
from pixembed.noise.lighting import (
    apply_fog,
    brightness,
    contrast,
    draw_fog,
    fog,
    stripes,
)
from pixembed.noise.records import NOISES, Noise, Parameter, get, register
from pixembed.noise.replacing import (
    apply_salt_and_pepper,
    draw_salt_and_pepper,
    salt_and_pepper,
)

__all__ = [
    "CLEAN",
    "LARGEST_GREY_LEVELS",
    "NOISES",
    "OVERFLOWS",
    "Case",
    "Noise",
    "Parameter",
    "add_noise",
    "add_one_of",
    "additive_gaussian",
    "additive_impulse",
    "apply_additive",
    "apply_affine",
    "apply_fog",
    "apply_motion",
    "apply_salt_and_pepper",
    "brightness",
    "contrast",
    "draw_angles",
    "draw_fog",
    "draw_gaussian",
    "draw_impulse",
    "draw_salt_and_pepper",
    "draw_signs",
    "fog",
    "from_key",
    "gaussian",
    "gaussian_blur",
    "get",
    "impulse",
    "motion_blur",
    "register",
    "rotation",
    "salt_and_pepper",
    "scaling",
    "shear",
    "shot",
    "stripes",
    "translation",
]
