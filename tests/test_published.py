"""MNIST-C as published, read from the reader's folder."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from pixembed import data

LABELS = np.arange(10_000) % 10


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A made set of files, whose labels pass for those of MNIST."""
    source = data.SOURCES["mnist"]
    digest = hashlib.sha256(LABELS.astype(np.uint8)).hexdigest()
    known = replace(source, sha256={**source.sha256, "y_test": digest})
    monkeypatch.setitem(data.SOURCES, "mnist", known)
    monkeypatch.setenv("PIXEMBED_DATA", str(tmp_path))
    folder = tmp_path / "mnist_c" / "fog"
    folder.mkdir(parents=True)
    images = np.zeros((10_000, 28, 28, 1), np.uint8)
    images[:, 3, 4, 0] = LABELS
    np.save(folder / "test_images.npy", images)
    np.save(folder / "test_labels.npy", LABELS)
    return folder


def test_the_published_images_are_read(folder):
    found = data.load_mnist_c("fog")
    assert str(found) == "MNIST-C, fog: 10,000 images, 28x28 grey levels"
    np.testing.assert_array_equal(found.images[:, 3, 4], LABELS)
    np.testing.assert_array_equal(found.labels, LABELS)


@pytest.mark.parametrize("name", ["Fog", "blur", "", None])
def test_an_unknown_corruption_is_refused(name, folder):
    with pytest.raises(ValueError, match=f"^corruption must .*Received: {name!r}$"):
        data.load_mnist_c(name)


def test_without_a_folder_it_says_where_to_put_the_files(monkeypatch):
    monkeypatch.delenv("PIXEMBED_DATA", raising=False)
    words = "holds mnist_c/fog/test_images.npy, unpacked from https://zenodo.org/"
    with pytest.raises(FileNotFoundError, match=words):
        data.load_mnist_c("fog")


@pytest.mark.parametrize("name", ["test_images.npy", "test_labels.npy"])
def test_a_missing_file_is_named(name, folder):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"holds mnist_c/fog/{name}, "):
        data.load_mnist_c("fog")


@pytest.mark.parametrize("name", ["test_images.npy", "test_labels.npy"])
@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY\x01"])
def test_a_broken_file_is_named(name, content, folder):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is broken or is no array"):
        data.load_mnist_c("fog")


def test_pickled_objects_are_refused(folder):
    np.save(folder / "test_images.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="test_images.npy is broken or is no array"):
        data.load_mnist_c("fog")


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((10_000, 28, 28), np.uint8),
        np.zeros((9, 28, 28, 1), np.uint8),
        np.zeros((10_000, 1, 1, 1)),
    ],
)
def test_images_of_another_kind_are_refused(images, folder):
    np.save(folder / "test_images.npy", images)
    with pytest.raises(ValueError, match=r"must hold uint8 \(10000, 28, 28, 1\)"):
        data.load_mnist_c("fog")


@pytest.mark.parametrize(
    "labels", [LABELS[::-1].copy(), LABELS[:9], LABELS / 1, LABELS + 0.5]
)
def test_labels_of_other_images_are_refused(labels, folder):
    np.save(folder / "test_labels.npy", labels)
    with pytest.raises(ValueError, match="does not hold the labels of MNIST's test"):
        data.load_mnist_c("fog")
