"""Pixel embedding in Keras: the package behind the book *Pixels as Words*."""

__version__ = "0.1.0"
