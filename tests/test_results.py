"""The results file: appended, read back, refused where it is broken."""

import csv
import io
from collections import Counter, defaultdict
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixembed import results
from pixembed.experiments import EXPERIMENTS
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
    onednn="off",
    threads="1",
    code="456789abcdef",
    data="0123456789ab",
    version="0.1.0",
    keras="3 tensorflow",
    device="CPU (2 cores)",
    date="2026-01-31",
)


HEADER = ",".join(field.name for field in fields(Result)) + "\n"


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


# What a line may hold


def line_with(**changes):
    """A line of a results file with some columns changed."""
    cells = {name: str(value) for name, value in asdict(FIRST).items()} | changes
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells.values())
    return row.getvalue()


def file_of(file, *lines):
    file.write_bytes("".join([HEADER, *lines]).encode())
    return file


def refusal(file):
    with pytest.raises(ValueError, match="is not a result") as caught:
        results.read(file)
    message = str(caught.value)
    assert str(file) in message
    assert message.isprintable() and len(message) < 700
    return message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"correct": "-1"}, "correct must be at least 0. Received: -1"),
        ({"correct": "101"}, "correct must lie in 0..100. Received: 101"),
        ({"correct": "0", "total": "0"}, "total must be at least 1. Received: 0"),
        ({"total": "-5"}, "total must be at least 1. Received: -5"),
        ({"seed": "-1"}, "seed must be at least 0. Received: -1"),
        ({"epochs": "0"}, "epochs must be at least 1. Received: 0"),
        ({"seed": "zero"}, "seed must be an integer. Received: 'zero'"),
        ({"seed": "1.0"}, "seed must be an integer. Received: '1.0'"),
        ({"correct": "9_0"}, "correct must be an integer. Received: '9_0'"),
        ({"correct": "٩"}, "correct must be an integer. Received: '٩'"),
        ({"correct": "90\0"}, r"correct must be an integer. Received: '90\x00'"),
        ({"total": "9" * 5000}, "total must be an integer. Received: '999"),
        ({"overflow": "clamp"}, "overflow must be one of ['clip', 'wrap']. Received"),
        ({"arm": ""}, "arm must be one line of printable characters. Received: ''"),
        ({"device": "CPU\0"}, r"printable characters. Received: 'CPU\x00'"),
        ({"device": "two\nlines"}, r"printable characters. Received: 'two\nlines'"),
        ({"device": "x" * 200_000}, "field larger than field limit"),
        ({"overflow": "x" * 100_000}, "overflow must be one of ['clip', 'wrap']. "),
    ],
)
def test_a_line_that_is_no_result_is_named_with_its_reason(file, changes, reason):
    message = refusal(file_of(file, line_with(seed="7"), line_with(**changes)))
    assert "line 3 is not" in message or "line 4 is not" in message
    assert reason in message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("fast,plain,0\n", "it must have 17 columns. Received 3: ['fast', 'plain'"),
        ("\n", "it must have 17 columns. Received 0: []"),
        (line_with().replace("\n", ",\n"), "it must have 17 columns. Received 18"),
        ('"fast', "unexpected end of data"),
    ],
)
def test_a_line_of_other_columns_is_named(file, line, reason):
    assert f"line 2 is not a result: {reason}" in refusal(file_of(file, line))


def test_a_count_that_stands_there_twice_is_named(file):
    lines = line_with(), line_with(seed="1"), line_with(correct="5", device="other")
    message = refusal(file_of(file, *lines))
    repeats = "line 4 is not a result: it repeats line 2, ('fast', 'plain', 0, 6, "
    assert repeats in message


NUMBERS = st.integers(-3, 12)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_result_has_a_right_count_of_some_images(correct, total, seed, epochs):
    possible = 0 <= correct <= total and total >= 1 and seed >= 0 and epochs >= 1
    values = {"correct": correct, "total": total, "seed": seed, "epochs": epochs}
    if possible:
        assert replace(FIRST, **values).accuracy == correct / total
    else:
        with pytest.raises(ValueError, match="must"):
            replace(FIRST, **values)


LINES = st.text(
    st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S"]), min_size=1
)


@given(arm=LINES, device=LINES, seed=st.integers(0), correct=st.integers(0, 100))
def test_every_result_comes_back(tmp_path_factory, **values):
    file = tmp_path_factory.mktemp("written") / "results.csv"
    results.append(file, replace(FIRST, **values))
    results.append(file, replace(FIRST, case="another"))
    assert results.read(file)[0] == replace(FIRST, **values)


@given(st.binary(max_size=300), st.integers(0, 2))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, start):
    file = tmp_path_factory.mktemp("any") / "results.csv"
    beginnings = b"", HEADER.encode(), (HEADER + line_with()).encode()
    file.write_bytes(beginnings[start] + content)
    try:
        results.read(file)
    except ValueError as error:
        assert str(file) in str(error)
        assert str(error).isprintable()


@pytest.mark.parametrize("changes", [{"seed": 1.0}, {"epochs": True}, {"arm": 3}])
def test_a_result_of_other_kinds_is_refused(changes):
    (name,) = changes
    with pytest.raises(TypeError, match=f"{name} must be"):
        replace(FIRST, **changes)


def test_numpy_integers_become_ints():
    found = replace(FIRST, seed=np.int64(3), correct=np.uint8(90), total=np.int32(100))
    assert found == replace(FIRST, seed=3)
    assert {type(found.seed), type(found.correct), type(found.total)} == {int}


# Files from elsewhere


def marked(text):
    return b"\xef\xbb\xbf" + text.encode()


def quoted(text):
    rows = io.StringIO()
    writer = csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(csv.reader(io.StringIO(text)))
    return rows.getvalue().encode()


AS_WRITTEN_BY = {
    "Excel, CSV UTF-8": lambda text: marked(text.replace("\n", "\r\n")),
    "Excel, CSV": lambda text: text.replace("\n", "\r\n").encode(),
    "Notepad": marked,
    "LibreOffice, all text quoted": quoted,
}


@pytest.mark.parametrize("written", AS_WRITTEN_BY.values(), ids=[*AS_WRITTEN_BY])
def test_a_file_saved_by_another_program_is_read_and_goes_on(file, written):
    file.write_bytes(written(HEADER + line_with()))
    assert results.read(file) == [FIRST]
    results.append(file, replace(FIRST, seed=1))
    assert results.read(file) == [FIRST, replace(FIRST, seed=1)]


@pytest.mark.parametrize("written", AS_WRITTEN_BY.values(), ids=[*AS_WRITTEN_BY])
def test_its_unfinished_line_is_dropped(file, written):
    file.write_bytes(written(HEADER + line_with()) + b"fast,plain,1")
    assert results.drop_unfinished_line(file) == "fast,plain,1"
    assert results.read(file) == [FIRST]
    assert file.read_bytes() == written(HEADER + line_with())


@pytest.mark.parametrize("cut", [0, 1, 9])
def test_a_file_of_a_mark_and_part_of_a_header_starts_again(file, cut):
    file.write_bytes(marked(HEADER[:cut]))
    assert results.drop_unfinished_line(file) == HEADER[:cut]
    results.append(file, FIRST)
    assert results.read(file) == [FIRST]


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    results.append("~/r.csv", FIRST)
    assert (tmp_path / "r.csv").exists()
    assert results.read("~/r.csv") == [FIRST]
    assert results.drop_unfinished_line("~/r.csv") == ""


# Files of other kinds


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("onednn,threads,code,", ""),
        HEADER.replace(",", ";"),
        "x" * 200_000 + "\n",
        "\0\r\0\n",
        "",
    ],
)
def test_the_columns_of_another_version_are_refused_in_one_sentence(file, header):
    file.write_text(header + line_with())
    for refused in (results.read, lambda it: results.append(it, FIRST)):
        before = file.read_bytes()
        with pytest.raises(ValueError, match="not a results file of this") as caught:
            refused(file)
        message = str(caught.value)
        assert message.isprintable() and len(message) < 700
        assert file.read_bytes() == before


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
    file.write_bytes(HEADER.encode() + "Zähler\n".encode("latin-1"))
    with pytest.raises(ValueError, match="is not a results file: line 2") as caught:
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
        cases = EXPERIMENTS[network[0]].cases
        every = {(o, case.key) for o in ("clip", "wrap") for case in cases}
        assert counts.keys() == every, network
        assert set(counts.values()) == {1}, network
    for recipe, found in origins.items():
        ((_, total),) = found
        assert total == (1000 if recipe.endswith("fast") else 10_000), recipe
    assert len({result.version for result in stored}) == 1
    assert len({result.precision for result in stored}) == 1
