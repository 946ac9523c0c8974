"""The embedding explorer's Python side: what it stores, shows and refuses."""

import base64
import io

import numpy as np
import pytest

from pixembed.widgets import EmbeddingExplorer, embedding_explorer, explore_embedding
from tests.test_widgets import refuses_choice

RNG = np.random.default_rng(0)
TOKENS = np.minimum(576 + 13 * np.arange(256), 2000)
USED = np.unique(TOKENS)
TABLES = {
    "trained": RNG.uniform(-1, 1, (2001, 64)),
    "start": RNG.uniform(-1, 1, (2001, 64)).astype("float32"),
}
IMAGES = RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8)
LABELS = [3, 7, 8]
MOST_BYTES = 75_000


def explore(**changes):
    arguments = {
        "tables": TABLES,
        "tokens": TOKENS,
        "images": IMAGES,
        "labels": LABELS,
    }
    return explore_embedding(**(arguments | changes))


def nearest(table, token, count=embedding_explorer.NEIGHBOURS):
    """The tokens whose rows are most alike, and their cosine similarities."""
    rows = table[USED].astype("float16").astype(float)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    similarity = unit @ unit[USED == token][0]
    order = [place for place in np.argsort(-similarity) if USED[place] != token]
    return USED[order[:count]], similarity[order[:count]]


def test_neighbours_are_those_of_numpy():
    explorer = explore()
    for name, table in TABLES.items():
        explorer.table = name
        for level in (0, 50, 109, 200):
            explorer.level = level
            tokens, similarity = nearest(table, TOKENS[level])
            assert [token for token, _ in explorer.neighbours] == tokens.tolist()
            found = [cosine for _, cosine in explorer.neighbours]
            np.testing.assert_allclose(found, similarity)


def test_a_row_of_zeros_is_like_no_other():
    table = np.eye(2001, 3)
    explorer = explore(tables={"zeros": table})
    assert [cosine for _, cosine in explorer.neighbours] == [0] * 6


def test_vectors_of_the_used_tokens_are_stored_in_half_precision():
    stored = explore().vectors
    assert list(stored) == list(TABLES)
    for name, table in TABLES.items():
        found = np.frombuffer(base64.b64decode(stored[name]), "<f2").reshape(-1, 64)
        np.testing.assert_array_equal(found, table[USED].astype("float16"))


def test_the_map_holds_the_first_two_principal_components():
    decomposition = pytest.importorskip("sklearn.decomposition")
    rows = TABLES["trained"][USED].astype("float16").astype(float)
    expected = decomposition.PCA(2).fit_transform(rows)
    expected *= np.where(expected[-1] < 0, -1, 1)
    np.testing.assert_allclose(explore().maps["trained"], expected, atol=1e-4)


def test_a_map_of_numbers_is_a_line():
    column = TABLES["trained"][:, :1]
    found = np.array(explore(tables={"column": column}).maps["column"])
    expected = column[USED] - column[USED].astype("float16").mean(dtype=float)
    np.testing.assert_allclose(np.abs(found[:, :1]), np.abs(expected), atol=1e-3)
    assert not found[:, 1].any()


def test_a_single_token_has_no_neighbour():
    explorer = explore(tokens=np.full(256, 7))
    assert explorer.neighbours == []
    assert explorer.maps == dict.fromkeys(TABLES, [[0, 0]])
    explorer.level = 9
    said = "Grey level 9 has the token 7. Vectors: trained."
    assert explorer.picture().get_suptitle() == said


def test_the_largest_number_of_half_precision_is_taken():
    explorer = explore(tables={"large": np.full((2001, 2), 65504.0)})
    assert explorer.neighbours[0][1] == pytest.approx(1)


def test_a_given_map_is_kept():
    maps = {name: RNG.normal(size=(len(USED), 2)) for name in TABLES}
    found = explore(maps=maps).maps
    for name, places in maps.items():
        np.testing.assert_allclose(found[name], places, atol=5.1e-5)


def test_a_pixel_sets_the_level_and_another_level_drops_the_pixel():
    explorer = explore()
    explorer.pixel = 30
    assert explorer.level == IMAGES[0].flat[30]
    explorer.digit = 1
    assert (explorer.pixel, explorer.level) == (30, IMAGES[1].flat[30])
    explorer.level = (explorer.level + 1) % 256
    assert explorer.pixel == -1


def test_what_the_browser_sends_is_taken():
    explorer = explore()
    level = int(IMAGES[2].flat[40])
    explorer.set_state({"digit": 2, "pixel": 40, "level": level, "table": "start"})
    shown = (explorer.digit, explorer.pixel, explorer.level, explorer.table)
    assert shown == (2, 40, level, "start")
    explorer.set_state({"pixel": -1, "level": 9})
    assert (explorer.pixel, explorer.level) == (-1, 9)


@pytest.mark.parametrize(("name", "value"), [("digit", 3), ("table", "other")])
def test_unknown_choice_is_refused(name, value):
    refuses_choice(explore(), name, value)


@pytest.mark.parametrize(
    ("name", "value", "reach"),
    [
        ("level", 256, r"0\.\.255"),
        ("level", -1, r"0\.\.255"),
        ("pixel", 784, r"-1\.\.783"),
        ("pixel", -2, r"-1\.\.783"),
    ],
)
def test_what_is_out_of_reach_is_refused(name, value, reach):
    explorer = explore()
    with pytest.raises(ValueError, match=f"{name} must lie in {reach}. Received: "):
        setattr(explorer, name, value)


def test_integers_of_numpy_are_taken():
    explorer = explore()
    explorer.digit, explorer.pixel = np.int64(1), np.flatnonzero(IMAGES[1])[5]
    assert {type(explorer.digit), type(explorer.pixel), type(explorer.level)} == {int}
    explorer.level = np.uint8(7)
    assert type(explorer.level) is int


def test_the_channels_of_colour_pictures_lie_side_by_side():
    colours = RNG.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    explorer = explore(images=colours, labels=[0, 1], classes=["cat", "dog"])
    assert repr(explorer) == "Embedding explorer: 111 tokens, 2 pictures"
    explorer.digit = 1
    channels = [colours[1, ..., channel] for channel in range(3)]
    np.testing.assert_array_equal(explorer.image, np.concatenate(channels, axis=1))
    explorer.pixel = 96 * 5 + 32 * 2 + 7
    assert explorer.level == colours[1, 5, 7, 2]
    picture = explorer.picture().axes[0].images[0]
    np.testing.assert_array_equal(picture.get_array(), explorer.image)


def test_picture_shows_what_is_shown():
    explorer = explore()
    explorer.pixel = 30
    figure = explorer.picture()
    digit, vector, neighbours, _ = figure.axes
    np.testing.assert_array_equal(digit.images[0].get_array(), IMAGES[0])
    token = TOKENS[explorer.level]
    bars = [bar.get_height() for bar in vector.patches]
    np.testing.assert_allclose(bars, TABLES["trained"][token], atol=1e-3)
    bars = [bar.get_width() for bar in neighbours.patches]
    np.testing.assert_allclose(bars, nearest(TABLES["trained"], token)[1])
    title = f"Grey level {explorer.level} has the token {token}. Vectors: trained.\n"
    assert figure.get_suptitle().startswith(title)


def test_picture_is_small():
    file = io.BytesIO()
    explore().picture().savefig(file, format="png")
    assert len(file.getvalue()) < 50_000


def test_stored_state_is_small():
    state = explore(tables=TABLES | {"change": TABLES["start"]}).get_state()
    # Notebooks do not store the code.
    state = {name: v for name, v in state.items() if name not in ("_esm", "_css")}
    stored = sum(len(v) for v in state.values() if isinstance(v, bytes)) * 4 / 3
    written = sum(len(str(v)) for v in state.values() if not isinstance(v, bytes))
    assert stored + written < MOST_BYTES


def test_output_holds_the_view_and_a_sentence():
    explorer = explore()
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == "Embedding explorer: 111 tokens, 3 digits"
    assert repr(explorer).isascii()
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer.model_id
    assert isinstance(explorer, EmbeddingExplorer)


def test_input_is_left_alone():
    tables = {name: table.copy() for name, table in TABLES.items()}
    explore()
    for name, table in tables.items():
        np.testing.assert_array_equal(TABLES[name], table)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tables": TABLES["start"]}, "tables must be a dict .* Received: an array"),
        ({"tokens": None}, "tokens must be integers. Received: None"),
        ({"tokens": TOKENS / 2}, "tokens must be integers. Received: an array of"),
        ({"images": IMAGES / 255}, "images must hold uint8"),
        ({"labels": "378"}, "labels must be integers. Received: str"),
    ],
)
def test_argument_of_the_wrong_type_is_named(changes, message):
    with pytest.raises(TypeError, match=message):
        explore(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tables": {}}, r"one or more arrays of one shape .* Received: \[\]"),
        (
            {"tables": {"one": np.ones((2001, 2)), "two": np.ones((2001, 3))}},
            r"of one shape .* Received: \[\(2001, 2\), \(2001, 3\)\]",
        ),
        ({"tables": {"flat": np.ones(2001)}}, r"Received: \[\(2001,\)\]"),
        (
            {"tables": {"t": np.ones((2001, 0))}},
            r"neither .* Received: \[\(2001, 0\)\]",
        ),
        ({"tables": {"t": np.full((2001, 2), -7e4)}}, "at most 65504 .*: -70000.0"),
        ({"tables": {"whole": np.ones((2001, 2), int)}}, "must hold finite floats"),
        ({"tables": {"t": np.full((2001, 2), np.nan)}}, "must hold finite floats"),
        ({"tables": {"t": np.ones((2000, 2))}}, "0 to 1999. Received: 2000"),
        ({"tokens": TOKENS[:9]}, r"tokens must have .* Received: \(9,\)"),
        ({"images": IMAGES[0]}, r"images must have shape .* Received: \(28, 28\)"),
        ({"labels": [3]}, r"labels must have shape \(3,\)"),
        ({"maps": {}}, r"maps must be a dict with the keys \['trained', 'start'\]"),
        (
            {"maps": dict.fromkeys(TABLES, np.zeros((4, 2)))},
            r"of shape \(111, 2\).* Received shape: \(4, 2\)",
        ),
    ],
)
def test_argument_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        explore(**changes)
