"""The results file: appended, read back."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from pixembed import reproduction, results
from pixembed.paper import ARMS
from pixembed.results import Result

FIRST = Result(
    recipe="fast",
    arm="plain",
    seed=0,
    overflow="clip",
    case="none",
    correct=90,
    total=100,
    epochs=6,
    precision="float32",
    data="0123456789ab",
    version="0.1.0",
    keras="3 tensorflow",
    device="CPU (2 cores)",
    date="2026-01-31",
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.csv"


def test_what_is_appended_is_read_back(file):
    stored = [replace(FIRST, seed=seed, case='a, "b"') for seed in range(3)]
    for result in stored:
        results.append(file, result)
    assert results.read(file) == stored


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_an_unfinished_line_is_dropped_and_the_others_stay(file, cut):
    results.append(file, FIRST)
    results.append(file, replace(FIRST, seed=1))
    file.write_bytes(file.read_bytes()[:-cut])
    results.append(file, replace(FIRST, seed=2))
    assert [result.seed for result in results.read(file)] == [0, 2]


def test_a_file_cut_inside_its_header_starts_again(file):
    file.write_text("recipe,arm,se")
    results.append(file, FIRST)
    assert results.read(file) == [FIRST]


def test_dropping_says_what_it_cut_off(file):
    assert results.drop_unfinished_line(file) == ""
    results.append(file, FIRST)
    whole = file.read_text()
    file.write_text(whole + "half")
    assert results.drop_unfinished_line(file) == "half"
    assert file.read_text() == whole


def test_a_line_that_is_no_result_is_named(file):
    results.append(file, FIRST)
    with file.open("a") as lines:
        lines.write("fast,plain,zero\n")
    with pytest.raises(ValueError, match="line 3"):
        results.read(file)


def test_a_file_of_other_columns_is_refused(file):
    file.write_text("arm,accuracy\nplain,0.9\n")
    with pytest.raises(ValueError, match="not a results file"):
        results.read(file)


@pytest.mark.parametrize("content", ["arm,accuracy\nplain,0.9", "Notes\nof mine"])
def test_a_file_of_another_kind_loses_nothing(file, content):
    """Its last line, which has no end, is not that of a killed run."""
    file.write_text(content)
    with pytest.raises(ValueError, match="not a results file"):
        results.append(file, FIRST)
    assert file.read_text() == content


@pytest.mark.parametrize(
    "changes",
    [{"epochs": 7}, {"seed": 1}, {"overflow": "wrap"}, {"arm": "standardised"}],
)
def test_what_tells_counts_apart_is_in_their_keys(changes):
    assert replace(FIRST, **changes).key != FIRST.key


def test_what_does_not_tell_counts_apart_is_not_in_their_keys():
    assert replace(FIRST, correct=1, precision="mixed_bfloat16").key == FIRST.key


def test_a_file_that_is_no_text_is_refused_and_named(file):
    file.write_bytes("Zähler\n".encode("latin-1"))
    with pytest.raises(ValueError, match="is not a results file") as caught:
        results.read(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_named(file):
    with pytest.raises(FileNotFoundError, match="results.csv"):
        results.read(file)


# What comes with the package


def test_the_fast_counts_are_those_of_every_arm_and_seed():
    stored = results.read("fast")
    networks = {result.key[:4] for result in stored}
    seeds = {result.seed for result in stored}
    (epochs,) = {result.epochs for result in stored}
    assert len(seeds) >= 5
    assert networks == {("fast", arm, seed, epochs) for arm in ARMS for seed in seeds}


SHIPPED = sorted(file.stem for file in results.REFERENCE.glob("*.csv"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_counts_are_complete(name):
    stored = results.read(name)
    networks, origins = defaultdict(Counter), defaultdict(set)
    for result in stored:
        networks[result.key[:4]][result.key[4:]] += 1
        origins[result.recipe].add((result.data, result.total))
        assert 0 <= result.correct <= result.total
    assert networks
    for network, counts in networks.items():
        cases = reproduction.EXPERIMENTS[network[0]].cases
        every = {(o, case.key) for o in ("clip", "wrap") for case in cases}
        assert counts.keys() == every, network
        assert set(counts.values()) == {1}, network
    for recipe, found in origins.items():
        ((_, total),) = found
        assert total == (1000 if recipe.endswith("fast") else 10_000), recipe
    assert len({result.version for result in stored}) == 1
    assert len({result.precision for result in stored}) == 1
