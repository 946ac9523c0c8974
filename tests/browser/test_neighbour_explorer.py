"""The neighbour explorer in a browser, with no kernel behind it."""

import time

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from pixembed.data import load_sample
from pixembed.widgets import explore_neighbours, panels
from tests.browser.conftest import find, serve_widgets, widths

pytestmark = pytest.mark.slow

RIGHT, DOWN, LEFT, UP = "\ue014", "\ue015", "\ue012", "\ue013"
HOME, END, ESCAPE = "\ue011", "\ue010", "\ue00c"
PIXELS = """
return [...document.querySelectorAll("#view-0 canvas")].map((canvas) =>
  [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
"""
SET = """
const [name, value] = arguments;
const input = views[0].el.querySelector(`[type=range][name=${name}]`);
input.value = value;
input.dispatchEvent(new Event("input"));
"""
LIT = np.array([213, 94, 0])
#: The place where keys begin.
MIDDLE = 14 * 28 + 14


def digits():
    sample = load_sample()
    return explore_neighbours(sample.images[[1505, 4001]], sample.labels[[1505, 4001]])


def garments():
    return explore_neighbours(
        np.random.default_rng(0).integers(0, 256, (2, 5, 9), dtype=np.uint8),
        [1, 0],
        **{"neighbours": 7, "radii": [0, 2, 5, 90], "axis": "line"},
        classes=["shirt", "shoe"],
    )


MAKERS = {"index": digits, "classes": garments}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    widgets = {name: make() for name, make in MAKERS.items()}
    with serve_widgets(folder, widgets) as address:
        yield address


@pytest.fixture
def twin(page):
    """The explorer in Python that shows what the page shows at the start."""
    return MAKERS[page.current_url.split("/")[-2]]()


def lit(colours, company):
    """The colours of pixels, most of it of one kind where there is company."""
    return np.where(company[..., None], 0.8 * LIT + 0.2 * colours, colours)


def assert_shows_what_python_shows(page, twin):
    height, width = twin.shape
    drawn = np.reshape(page.execute_script(PIXELS), (2, height, width, 4))[..., :3]
    image = np.repeat(twin.image[..., None], 3, axis=2)
    np.testing.assert_allclose(drawn[0], lit(image, twin.company), atol=1)
    last = twin.radii if isinstance(twin.radii, int) else len(twin.radii)
    shares = np.sqrt(twin.tokens / last)
    tokens = panels.TOKEN_COLOURS(shares, bytes=True)[..., :3]
    np.testing.assert_allclose(drawn[1], lit(tokens, twin.company), atol=2)

    sentence = find(page, ".explorer-sentence").text
    if twin.pixel == -1:
        assert sentence == "Pick a pixel: the pixels of its company light up."
    else:
        assert sentence == twin.picture().get_suptitle().split("\n")[1]
        row, column = divmod(twin.pixel, width)
        count = twin.company.sum()
        words = f"Row {row + 1}, column {column + 1}: {count} pixel"
        assert find(page, ".explorer-words").text.startswith(words)
        assert words in find(page, "canvas").get_attribute("aria-label")
    for cursor in page.find_elements("css selector", "#view-0 .explorer-cursor"):
        assert cursor.is_displayed() == (twin.pixel != -1)

    bars = {
        name: find(page, f".explorer-{name}").get_attribute("d").count("M")
        for name in ("lit", "levels")
    }
    assert bars == {
        "lit": len(np.unique(twin.image[twin.company])),
        "levels": len(np.unique(twin.image[~twin.company])),
    }
    for name in ("shift", "std", "neighbours"):
        slider = find(page, f"[type=range][name={name}]")
        assert slider.get_attribute("value") == str(getattr(twin, name))
    for name in ("axis", "overflow"):
        chosen = find(page, f"[name={name}]:checked")
        assert chosen.get_attribute("value") == getattr(twin, name)


def test_opens_with_the_loneliest_pixel(page, twin):
    assert_shows_what_python_shows(page, twin)


@pytest.mark.parametrize("page", ["classes"], indirect=True)
def test_other_shapes_radii_and_classes(page, twin):
    assert_shows_what_python_shows(page, twin)
    assert "Its token is " in find(page, ".explorer-sentence").text
    name = find(page, "canvas").get_attribute("aria-label")
    assert name.startswith("A picture of class shoe, 0 added. Grey level ")
    find(page, "canvas").send_keys(RIGHT * 9, DOWN * 5)
    twin.pixel = 44
    assert_shows_what_python_shows(page, twin)
    assert page.find_elements("css selector", "#view-0 .explorer-legend span")[
        1
    ].text == str(len(twin.radii))


@pytest.mark.parametrize("axis", ["circle", "line"])
@pytest.mark.parametrize("overflow", ["wrap", "clip"])
def test_every_control_does_what_it_does_in_python(axis, overflow, page, twin):
    find(page, f"input[value={axis}]").click()
    find(page, f"input[value={overflow}]").click()
    twin.axis, twin.overflow = axis, overflow
    for name, value in (("shift", 90), ("std", 12), ("neighbours", 50), ("shift", 255)):
        page.execute_script(SET, name, value)
        setattr(twin, name, value)
        assert_shows_what_python_shows(page, twin)
    find(page, "select option:last-child").click()
    twin.digit = 1
    assert_shows_what_python_shows(page, twin)


def test_the_tokens_stand_still_under_wrap_and_not_under_clip(page):
    find(page, "canvas").send_keys(ESCAPE)
    before = page.execute_script(PIXELS)
    words = find(page, ".explorer-legend + .explorer-words")
    assert words.text == ("Nothing is shifted: these are the tokens to compare with.")
    for shift in (1, 100, 255):
        page.execute_script(SET, "shift", shift)
        picture, tokens = page.execute_script(PIXELS)
        assert picture != before[0]
        assert tokens == before[1]
        assert words.text == "All 784 tokens are what they are without the shift."
    find(page, "input[value=clip]").click()
    twin = digits()
    twin.overflow, clean = "clip", twin.tokens
    twin.shift = 255
    same = (twin.tokens == clean).sum()
    assert words.text == f"{same} of 784 tokens are what they are without the shift."
    assert page.execute_script(PIXELS)[1] != before[1]


def test_keys_move_the_sliders(page, twin):
    find(page, "[name=shift]").send_keys(END, LEFT, LEFT)
    find(page, "[name=neighbours]").send_keys(HOME, RIGHT)
    twin.shift, twin.neighbours = 253, 2
    assert_shows_what_python_shows(page, twin)
    value = find(page, "[name=neighbours]").get_attribute("aria-valuetext")
    assert value == "k = 2"


SHIFT = "return views[0].model.get('shift')"


def turn(page):
    """Presses the button; returns what it says then."""
    button = find(page, ".explorer-dials button")
    button.click()
    return button.text


def test_the_clock_turns_until_it_is_stopped(page):
    assert turn(page) == "Stop the clock"
    assert find(page, ".explorer-sentence").get_attribute("aria-live") == "off"
    WebDriverWait(page, 20).until(lambda _: page.execute_script(SHIFT) > 2)
    assert turn(page) == "Turn the clock"
    assert find(page, ".explorer-sentence").get_attribute("aria-live") == "polite"
    stopped = page.execute_script(SHIFT)
    time.sleep(0.3)
    assert page.execute_script(SHIFT) == stopped
    assert turn(page) == "Stop the clock"
    find(page, "[name=shift]").send_keys(LEFT)
    assert find(page, ".explorer-dials button").text == "Turn the clock"


def test_the_clock_goes_step_by_step_where_motion_is_not_wanted(page):
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        said = [turn(page) for _ in range(9)]
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert set(said) == {"Turn the clock"}
    assert page.execute_script(SHIFT) == 32


@pytest.mark.parametrize("place", [0, 1])
def test_keys_move_the_cursor_and_escape_lets_go(place, page, twin):
    canvas = page.find_elements("css selector", "#view-0 canvas")[place]
    canvas.send_keys(ESCAPE)
    twin.pixel = -1
    assert_shows_what_python_shows(page, twin)
    canvas.send_keys(LEFT)
    twin.pixel = MIDDLE
    assert_shows_what_python_shows(page, twin)
    canvas.send_keys(RIGHT, RIGHT, DOWN, LEFT, UP, UP)
    twin.pixel = MIDDLE - 28 + 1
    assert_shows_what_python_shows(page, twin)
    canvas.send_keys(UP * 30, LEFT * 30)
    twin.pixel = 0
    assert_shows_what_python_shows(page, twin)


def to_pixel(page, canvas, row, column, actions=None):
    """Actions that take the mouse there."""
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    step = canvas.size["width"] / 28
    offset = [round((place - 13.5) * step) for place in (column, row)]
    actions = actions or webdriver.ActionChains(page, duration=0)
    return actions.move_to_element_with_offset(canvas, *offset)


@pytest.mark.parametrize("place", [0, 1])
def test_mouse_points_picks_and_drags(place, page, twin):
    start = twin.pixel
    canvas = page.find_elements("css selector", "#view-0 canvas")[place]
    to_pixel(page, canvas, 7, 12).perform()
    twin.pixel = 7 * 28 + 12
    assert_shows_what_python_shows(page, twin)
    assert page.execute_script("return views[0].model.get('pixel')") == start
    webdriver.ActionChains(page).move_to_element(find(page, "select")).perform()
    twin.pixel = start
    assert_shows_what_python_shows(page, twin)

    to_pixel(page, canvas, 9, 4).click().perform()
    twin.pixel = 9 * 28 + 4
    assert_shows_what_python_shows(page, twin)
    held = webdriver.ActionChains(page).click_and_hold()
    to_pixel(page, canvas, 20, 14, held).release().perform()
    webdriver.ActionChains(page).move_to_element(find(page, "select")).perform()
    twin.pixel = 20 * 28 + 14
    assert_shows_what_python_shows(page, twin)
    assert page.execute_script("return views[0].model.get('pixel')") == twin.pixel


def test_a_finger_picks(page, twin):
    canvas = find(page, "canvas")
    finger = webdriver.common.actions.interaction.POINTER_TOUCH
    pointer = webdriver.common.actions.pointer_input.PointerInput(finger, "finger")
    actions = webdriver.ActionChains(page, duration=0, devices=[pointer])
    to_pixel(page, canvas, 15, 20, actions).click().perform()
    twin.pixel = 15 * 28 + 20
    assert_shows_what_python_shows(page, twin)


def test_the_histogram_is_a_clock_on_the_circle_and_a_ruler_on_the_line(page):
    svg, hand = find(page, "svg"), find(page, ".explorer-hand")
    assert find(page, ".explorer-clock .explorer-words").text.startswith("Rings at 1,")

    def end_of_hand():
        start = hand.get_attribute("d").removeprefix("M").split("L")[0]
        return [float(number) for number in start.split()]

    assert end_of_hand()[0] == 122
    page.execute_script(SET, "shift", 64)
    assert end_of_hand()[1] == 122
    find(page, "input[value=line]").click()
    page.execute_script(SET, "shift", 0)
    assert end_of_hand()[0] == 30.4
    page.execute_script(SET, "shift", 255)
    assert end_of_hand()[0] == 234.4
    assert find(page, ".explorer-clock .explorer-words").text.startswith("Lines at 1,")
    names = [text.text for text in svg.find_elements("css selector", "text")]
    assert [name for name in names if name] == [
        *("0", "64", "128", "192", "255"),
        *("1", "10", "100"),
    ]
    assert svg.get_attribute("aria-label").startswith("Histogram of the grey levels. ")


def test_follows_the_model_and_takes_absurd_choices(page, twin):
    page.execute_script(
        "const [{ model }] = views;"
        "for (const name of ['digit', 'shift', 'std', 'neighbours', 'pixel'])"
        "  model.set(name, 9999)"
    )
    twin.digit, twin.shift, twin.std, twin.neighbours, twin.pixel = (
        1,
        255,
        100,
        200,
        783,
    )
    assert_shows_what_python_shows(page, twin)


def test_a_removed_view_listens_no_more(page, twin):
    page.execute_script(
        "const [{ model, leave }] = views; leave(); model.set('shift', 9)"
    )
    assert_shows_what_python_shows(page, twin)


def test_everything_has_a_name_and_can_be_reached(page):
    selector = "#view-0 :is(input, select, canvas)"
    for control in page.find_elements("css selector", selector):
        assert control.accessible_name
        assert control.get_property("tabIndex") == 0
    sentence = find(page, ".explorer-sentence")
    assert sentence.get_attribute("aria-live") == "polite"


def test_focus_is_seen(page):
    for selector in ("[name=shift]", "canvas", "select"):
        control = find(page, selector)
        control.send_keys(RIGHT)
        assert control.value_of_css_property("outline-width") == "3px"


@pytest.mark.parametrize("width", [360, 390, 700, 1200])
def test_fits_the_width(page, width):
    needed, there = widths(page, width)
    assert needed <= there == width


def test_the_two_pictures_stay_side_by_side_on_a_phone(page):
    size = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    one, other = (c.rect for c in page.find_elements("css selector", "#view-0 canvas"))
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert one["y"] == other["y"]
    assert one["x"] + one["width"] < other["x"]
