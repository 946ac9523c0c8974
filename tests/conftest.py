"""Fixtures that several test files share."""

import numpy as np
import pytest
from hypothesis import settings

from pixembed.data import Dataset

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def mixed_bfloat16():
    """Keras's policy of half precision for the tests that ask for it."""
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def sample():
    """The 5,000 real digits."""
    from pixembed.data import load_sample

    return load_sample()


@pytest.fixture(scope="session")
def digits(sample):
    """200 of the digits, 20 of each class, shuffled."""
    order = np.random.default_rng(0).permutation(5000)
    rows = order[order % 500 < 20]
    return Dataset("200 digits", sample.images[rows], sample.labels[rows])
