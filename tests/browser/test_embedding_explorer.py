"""The embedding explorer in a browser, with no kernel behind it."""

import numpy as np
import pytest
from selenium import webdriver

from pixembed.widgets import explore_embedding
from tests.browser.conftest import find, serve_widgets, widths

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
TOKENS = np.minimum(576 + 13 * np.arange(256), 2000)
USED = np.unique(TOKENS)
TABLES = {
    "trained": RNG.uniform(-1, 1, (2001, 64)),
    "start": RNG.uniform(-1, 1, (2001, 64)),
}
IMAGES = RNG.integers(0, 256, (2, 28, 28), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
RIGHT, DOWN, LEFT, UP, END = "\ue014", "\ue015", "\ue012", "\ue013", "\ue010"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    pages = {
        "index": explore_embedding(TABLES, TOKENS, IMAGES, [3, 7]),
        "tiny": explore_embedding(
            {"table": np.eye(256, 2)}, np.arange(256), IMAGES, [3, 7]
        ),
        "colour": explore_embedding(
            *(TABLES, TOKENS, COLOURS, [1, 0]), classes=["cat", "dog"]
        ),
    }
    with serve_widgets(folder, pages) as address:
        yield address


def nearest(table, token):
    rows = TABLES[table][USED].astype("float16").astype(float)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    similarity = unit @ unit[USED == token][0]
    order = [place for place in np.argsort(-similarity) if USED[place] != token]
    return USED[order[:6]], similarity[order[:6]]


def assert_shows(page, level, table="trained", pixel=None, digit=0):
    token = TOKENS[level]
    tokens, similarity = nearest(table, token)
    rows = page.find_elements("css selector", "#view-0 [role=listitem]")
    seen = [row.find_elements("css selector", "span") for row in rows]
    assert [int(spans[1].text) for spans in seen] == tokens.tolist()
    values = [float(spans[2].text) for spans in seen]
    np.testing.assert_allclose(values, similarity, atol=0.0051)
    for spans in seen:
        first = int(spans[0].text.split(" to ")[0])
        assert TOKENS[first] == int(spans[1].text)
    sentence = find(page, ".explorer-sentence").text
    assert sentence.startswith(f"Grey level {level} has the token {token}. ")
    assert sentence.endswith(f"cosine {values[0]:.2f}.")
    slider = find(page, "input[type=range]")
    assert slider.get_attribute("value") == str(level)
    assert slider.get_attribute("aria-valuetext") == (
        f"grey level {level}, token {token}"
    )
    cursor = find(page, ".explorer-cursor")
    assert cursor.is_displayed() == (pixel is not None)
    name = find(page, "canvas").get_attribute("aria-label")
    assert name.startswith(f"A handwritten {(3, 7)[digit]}. ")
    if pixel is not None:
        row, column = divmod(pixel, 28)
        assert IMAGES[digit].flat[pixel] == level
        assert f"Row {row + 1}, column {column + 1}: grey level {level}." in name


def test_opens_with_black(page):
    assert_shows(page, 0)


def test_the_vector_is_drawn_and_described(page):
    svg, vector = find(page, "svg:not(.explorer-map)"), TABLES["trained"][TOKENS[0]]
    length = np.linalg.norm(vector.astype("float16").astype(float))
    assert svg.get_attribute("aria-label") == (
        f"The vector of grey level 0: 64 bars; its length is {length:.2f}."
    )
    drawn = svg.find_element("css selector", ".explorer-levels").get_attribute("d")
    heights = [-float(bar.split("v")[1].split("h")[0]) for bar in drawn.split("M")[1:]]
    limit = np.abs(TABLES["trained"][USED]).max()
    np.testing.assert_allclose(heights, 60 * vector / limit, atol=0.1)


def test_keys_move_the_slider(page):
    slider = find(page, "input[type=range]")
    slider.send_keys(RIGHT * 3)
    assert_shows(page, 3)
    slider.send_keys(END)
    assert_shows(page, 255)


def test_keys_move_the_cursor(page):
    canvas = find(page, "canvas")
    canvas.send_keys(RIGHT)
    assert_shows(page, IMAGES[0, 14, 14], pixel=14 * 28 + 14)
    canvas.send_keys(RIGHT, RIGHT, DOWN, LEFT, UP, UP)
    assert_shows(page, IMAGES[0, 13, 15], pixel=13 * 28 + 15)
    canvas.send_keys(UP * 30)
    assert_shows(page, IMAGES[0, 0, 15], pixel=15)


@pytest.mark.parametrize("page", ["colour"], indirect=True)
def test_the_channels_of_a_colour_lie_side_by_side(page):
    canvas = find(page, "canvas")
    size = [canvas.get_property(name) for name in ("width", "height")]
    assert size == [96, 32]
    canvas.send_keys(RIGHT)
    assert canvas.get_attribute("aria-label").startswith(
        "A picture of class dog. Row 17, column 49: "
        f"grey level {COLOURS[0, 16, 16, 1]}."
    )
    canvas.send_keys(RIGHT * 60, DOWN * 60)
    assert canvas.get_attribute("aria-label").startswith(
        "A picture of class dog. Row 32, column 96: "
        f"grey level {COLOURS[0, 31, 31, 2]}."
    )
    cursor = find(page, ".explorer-cursor").rect
    assert cursor["width"] == pytest.approx(canvas.size["width"] / 96, abs=1)


def test_mouse_picks_and_drags(page):
    canvas = find(page, "canvas")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    step = canvas.size["width"] / 28
    actions = webdriver.ActionChains(page).move_to_element(canvas)
    actions.move_by_offset(round(2.5 * step), round(-3.5 * step)).click().perform()
    assert_shows(page, IMAGES[0, 10, 16], pixel=10 * 28 + 16)
    actions = webdriver.ActionChains(page).click_and_hold()
    actions.move_by_offset(0, round(5 * step)).release().perform()
    assert_shows(page, IMAGES[0, 15, 16], pixel=15 * 28 + 16)


def test_the_slider_takes_the_cursor_away(page):
    find(page, "canvas").send_keys(RIGHT)
    page.execute_script(
        "const slider = views[0].el.querySelector('input[type=range]');"
        "slider.value = 100;"
        "slider.dispatchEvent(new Event('input'))"
    )
    assert_shows(page, 100)


def test_another_digit_keeps_the_cursor(page):
    find(page, "canvas").send_keys(RIGHT)
    find(page, "select option:last-child").click()
    assert_shows(page, IMAGES[1, 14, 14], pixel=14 * 28 + 14, digit=1)


def test_another_table_has_other_neighbours_and_places(page):
    circle = find(page, ".explorer-map circle")
    before = circle.get_attribute("cx")
    find(page, "input[value=start]").click()
    assert_shows(page, 0, table="start")
    assert circle.get_attribute("cx") != before


def test_a_click_on_the_map_chooses_a_dot(page):
    circles = page.find_elements("css selector", "#view-0 .explorer-map circle")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", circles[40])
    webdriver.ActionChains(page).move_to_element(circles[40]).click().perform()
    assert_shows(page, 40)


def test_the_map_marks_the_level_and_its_neighbours(page):
    circles = page.find_elements("css selector", "#view-0 .explorer-map circle")
    dots, rings = circles[: len(USED)], circles[len(USED) :]

    def place(circle):
        return circle.get_attribute("cx"), circle.get_attribute("cy")

    tokens, _ = nearest("trained", TOKENS[0])
    near = [place(dots[at]) for at in np.searchsorted(USED, tokens)]
    assert [place(ring) for ring in rings] == near
    chosen = find(page, ".explorer-chosen")
    assert float(chosen.get_attribute("x")) == pytest.approx(
        float(dots[0].get_attribute("cx")) - 8, abs=0.011
    )


def test_follows_the_model_and_takes_absurd_choices(page):
    page.execute_script(
        "const [{ model }] = views; model.set('level', 999); model.set('table', 'none')"
    )
    assert_shows(page, 255)


def test_a_removed_view_listens_no_more(page):
    page.execute_script(
        "const [{ model, leave }] = views; leave(); model.set('level', 9)"
    )
    assert_shows(page, 0)


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_one_table_needs_no_choice_and_zeros_do_no_harm(page):
    names = page.execute_script(
        "return views[0].el.querySelectorAll('[name=table]').length"
    )
    assert names == 0
    find(page, "input[type=range]").send_keys(END)
    values = page.find_elements("css selector", "#view-0 .explorer-value")
    assert [value.text for value in values] == ["0.00"] * 6


def test_everything_has_a_name_and_can_be_reached(page):
    selector = "#view-0 :is(input, select, canvas)"
    for control in page.find_elements("css selector", selector):
        assert control.accessible_name
        assert control.get_property("tabIndex") == 0


def test_focus_is_seen(page):
    for selector in ("input[type=range]", "canvas", "select"):
        control = find(page, selector)
        control.send_keys(RIGHT)
        assert control.value_of_css_property("outline-width") == "3px"


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_fits_the_width(page, width):
    needed, there = widths(page, width)
    assert needed <= there == width
