"""The lab's Python side: what it stores, refuses and sends."""

import base64
import gzip
import json
import re
from urllib.parse import parse_qsl

import numpy as np
import pytest

from pixembed import noise, paper, recipes, weights
from pixembed.noise import CLEAN, Case, gaussian, impulse
from pixembed.widgets import Lab, lab, open_lab
from tools.notebooks import chapter_files

MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def stored():
    return json.loads(lab.data_text())


def decoded(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def test_digits_are_of_the_sample_thirty_a_class(stored, sample):
    images = decoded(stored["images"], np.uint8).reshape(-1, 28, 28)
    np.testing.assert_array_equal(images, sample.images[lab.DIGITS])
    assert stored["labels"] == sample.labels[lab.DIGITS].tolist()
    assert np.bincount(stored["labels"]).tolist() == [30] * 10
    assert stored["shape"] == [28, 28]


def test_controls_are_those_of_the_records():
    none, *offered = open_lab().noises
    assert none == {"kind": "none", "words": "none"} | {
        "overflows": False,
        "controls": [],
    }
    for found in offered:
        known = noise.get(found["kind"])
        assert (found["words"], found["overflows"]) == (known.words, known.overflows)
        assert found["controls"] == [
            {"name": name, **one.control} for name, one in known.parameters.items()
        ]


def test_integers_of_numpy_are_taken():
    opened = open_lab(impulse(0.5, np.int64(100)), digit=np.int64(3))
    opened.digit = np.uint8(4)
    assert type(opened.digit) is type(opened.parameters["value"]) is int


def test_digit_n_is_of_class_n_modulo_10(stored):
    assert stored["labels"][:20] == [*range(10), *range(10)]


def test_four_networks_that_never_saw_the_digits(stored):
    assert list(stored["networks"]) == [
        "plain",
        "standardised",
        "pixel embedding",
        "neighbour distances",
    ]
    trained = [weights.available()[name] for name in lab.NETWORKS.values()]
    arms = [*paper.ARMS, *recipes.NEIGHBOURS]
    assert [one.recipe.arm for one in trained] == arms
    assert all(one.experiment.endswith("-55000") for one in trained)


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_networks_are_those_of_the_package(name, stored):
    network = stored["networks"][name]
    arrays = weights.arrays(lab.NETWORKS[name])
    if "mean" in network:
        mean, deviation, *arrays = arrays
        assert (network["mean"], network["deviation"]) == (mean, deviation)
    texts = [*filter(None, [network.get("table")]), *network["weights"]]
    assert len(texts) == len(arrays)
    for text, array in zip(texts, arrays, strict=True):
        np.testing.assert_array_equal(decoded(text, "<f2"), array.ravel())


def test_neighbour_distances_are_told_with_their_options(stored):
    network = stored["networks"]["neighbour distances"]
    assert network["front_end"] == "neighbours"
    options = recipes.NEIGHBOURS["neighbours"].options
    for name in ("neighbours", "radii", "axis"):
        assert network[name] == options[name]


def test_download_is_small():
    assert len(gzip.compress(lab.data_script().encode())) <= MOST_BYTES
    assert "CC BY-SA 3.0" in lab.data_script().splitlines()[0]


def test_what_is_open_at_the_start():
    opened = open_lab(impulse(0.5, 100), overflow="wrap", digit=7)
    assert (opened.kind, opened.overflow, opened.digit) == ("impulse", "wrap", 7)
    assert opened.parameters == {"probability": 0.5, "value": 100}
    assert opened.case == impulse(0.5, 100)
    assert open_lab().case == CLEAN


SETTINGS = [
    setting
    for path in chapter_files()
    for setting in re.findall(r"lab\.ipynb#(kind=[^)\s]*)", path.read_text("utf-8"))
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_links_of_the_chapters_open_the_lab_in_what_it_can_show(setting):
    asked = dict(parse_qsl(setting, strict_parsing=True))
    kind, overflow = asked.pop("kind"), asked.pop("overflow", "clip")
    digit = int(asked.pop("digit", 0))
    parameters = {name: float(value) for name, value in asked.items()}
    if kind == "impulse":
        parameters["value"] = int(asked["value"])
    assert open_lab(
        Case(kind, tuple(parameters.items())), overflow=overflow, digit=digit
    )


def test_every_noise_of_the_paper_can_be_set():
    for case in (*paper.NOISY_CASES, paper.LOGGED_ONLY.case):
        assert open_lab(case).case == case


def test_the_kernel_sends_the_data_when_asked():
    opened, sent = open_lab(), []
    opened.send = sent.append
    opened._handle_custom_msg({"ask": "data"}, [])
    opened._handle_custom_msg({"ask": "more"}, [])
    assert sent == [{"data": lab.data_text()}]


def test_a_kind_that_is_set_starts_its_numbers():
    opened = Lab(kind="gaussian")
    assert opened.case == gaussian(50, 10)
    opened.kind = "impulse"
    assert opened.case == impulse(0.5, 100)
    opened.kind = "none"
    assert opened.case == CLEAN


def test_what_the_browser_sends_is_taken():
    opened = open_lab(gaussian(50, 10))
    parameters = {"probability": 0.2, "value": -7}
    opened.set_state({"kind": "impulse", "parameters": parameters})
    assert opened.case == impulse(0.2, -7)
    opened.set_state({"digit": -1, "overflow": "wrap"})
    assert (opened.digit, opened.overflow) == (-1, "wrap")


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("digit", 5000, ValueError, r"digit must lie in -1\.\.299. Received: 5000"),
        ("digit", -2, ValueError, "digit must lie in .* Received: -2"),
        ("digit", 1.5, TypeError, "digit must be an integer. Received: 1.5"),
        ("kind", "foo", ValueError, "kind must be one of .* Received: 'foo'"),
        ("overflow", "foo", ValueError, "overflow must be one of .* Received: 'foo'"),
        ("parameters", {}, ValueError, r"keys \['mean', 'std'\].* Received: {}"),
        (
            "parameters",
            {"mean": 0, "std": float("nan")},
            ValueError,
            r"std must lie in 0\.\.100. Received: nan",
        ),
        (
            "parameters",
            {"mean": "0", "std": 1},
            TypeError,
            "mean must be a number. Received: '0'",
        ),
    ],
)
def test_unknown_choice_is_refused(name, value, error, message):
    opened = open_lab(gaussian(50, 10))
    before = getattr(opened, name)
    with pytest.raises(error, match=message):
        setattr(opened, name, value)
    assert getattr(opened, name) == before
    with pytest.raises(error, match=message):
        Lab(**({"kind": "gaussian", "parameters": opened.parameters} | {name: value}))


def test_an_impulse_is_a_whole_number():
    opened = open_lab(impulse(0.5, 100))
    with pytest.raises(TypeError, match="value must be an integer. Received: 1.5"):
        opened.parameters = {"probability": 0.5, "value": 1.5}


@pytest.mark.parametrize(
    ("digit", "title"),
    [
        (3, "The digit is 3; "),
        (-1, "In place of the reader's drawing: The digit is 0; "),
    ],
)
def test_picture_shows_digit_and_four_answers(digit, title):
    opened = open_lab(gaussian(50, 10), overflow="wrap", digit=3)
    opened.digit = digit
    figure = opened.picture()
    assert figure.get_suptitle().startswith(title)
    assert [axis.get_title() for axis in figure.axes] == [
        "The picture",
        "plain",
        "standardised",
        "pixel embedding",
        "neighbour distances",
    ]


def test_repr_is_a_sentence():
    assert repr(open_lab()) == "Lab: four networks, 300 digits; needs JavaScript"
    assert isinstance(open_lab(), Lab)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"case": "gaussian"}, TypeError, "case must be .* Received: 'gaussian'"),
        ({"case": gaussian(300, 1)}, ValueError, r"mean must lie in -255\.\.255"),
        (
            {"case": impulse(0.1, -256)},
            ValueError,
            "value must .* Received: -256",
        ),
        (
            {"case": Case("salt_and_pepper", (("amount", 0.1),))},
            ValueError,
            "case must be a noise of the lab",
        ),
        ({"overflow": "stop"}, ValueError, "overflow must be .* Received: 'stop'"),
        ({"digit": 1.0}, TypeError, "digit must be an integer. Received: 1.0"),
        ({"digit": 300}, ValueError, r"digit must lie in 0\.\.299. Received: 300"),
        ({"digit": -1}, ValueError, "digit must lie in .* Received: -1"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        open_lab(**arguments)
