"""Digits on photographs: the colour set that a package carries."""

import importlib.machinery

import numpy as np
import pytest

from pixembed import data
from pixembed.data import photographs
from pixembed.experiments import EXPERIMENTS


@pytest.fixture(scope="module")
def sets():
    return data.load_digits_on_photographs()


def test_they_are_the_sample_in_colour(sets, sample):
    for found, digits, count in zip(
        sets, data.split_sample(sample), (4000, 1000), strict=True
    ):
        assert found.images.shape == (count, 28, 28, 3)
        np.testing.assert_array_equal(found.labels, digits.labels)
        assert str(found).startswith(f"{digits.name}, on photographs: ")
        assert len(np.unique(found.images.reshape(count, -1), axis=0)) == count


def test_a_pixel_is_the_distance_of_digit_and_photograph(sets, sample):
    files = photographs.PHOTOGRAPHS.items()
    wholes = [photographs._photograph(*entry) for entry in files]
    halves = [whole[:, : whole.shape[1] // 2] for whole in wholes]
    digits, _ = data.split_sample(sample)
    rng = np.random.default_rng(0)
    patches = photographs.draw_patches(halves, digits.images.shape, rng)
    expected = np.abs(patches.astype(int) - digits.images[..., None].astype(int))
    np.testing.assert_array_equal(sets[0].images, expected)


def test_they_are_always_the_same(sets):
    again = data.load_digits_on_photographs()
    assert data.digest(*again) == data.digest(*sets)
    assert EXPERIMENTS["colour-fast"].images is data.load_digits_on_photographs


def test_a_patch_lies_in_its_photograph():
    ramps = [
        np.stack([np.indices((9, 7))[0]] * 3, -1).astype(np.uint8) + top
        for top in (0, 100)
    ]
    found = photographs.draw_patches(ramps, (200, 4, 4), np.random.default_rng(0))
    tops = found[:, 0, 0, 0]
    assert set(tops.tolist()) == {*range(6), *range(100, 106)}
    assert (found[:, :, :, 0] == tops[:, None, None] + np.arange(4)[:, None]).all()


@pytest.mark.parametrize(
    "spec", [None, importlib.machinery.ModuleSpec("sklearn", None)]
)
def test_without_scikit_learn_it_is_named(spec, monkeypatch):
    monkeypatch.setattr(photographs, "find_spec", lambda name: spec)
    with pytest.raises(FileNotFoundError, match="^china.jpg comes with scikit-learn, "):
        data.load_digits_on_photographs()


@pytest.mark.parametrize("content", [None, b"", b"another"])
def test_another_photograph_is_refused(content, tmp_path, monkeypatch):
    folder = tmp_path / "datasets" / "images"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "china.jpg").write_bytes(content)
    spec = importlib.machinery.ModuleSpec(
        "sklearn", None, origin=str(tmp_path / "__init__.py")
    )
    monkeypatch.setattr(photographs, "find_spec", lambda name: spec)
    with pytest.raises(
        ValueError, match=r"china.jpg is missing or broken: .*8378025ad"
    ):
        data.load_digits_on_photographs()
