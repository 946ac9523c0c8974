"""Pixel embedding in Keras: the package behind the book *Pixels as Words*.

The layers are `from pixembed import PixelEmbedding`, likewise `Standardize`, `Quantize`
and `LocalResponseNormalization`. They need Keras, the package itself does not.
"""

import sys
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = ["LocalResponseNormalization", "PixelEmbedding", "Quantize", "Standardize"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("pixembed.layers"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# Keras loads a network if its layers are imported; without Keras they are not needed.
if sys.modules.get("keras"):
    import_module("pixembed.layers")
