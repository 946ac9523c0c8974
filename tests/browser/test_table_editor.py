"""The table editor in a browser, with no kernel behind it."""

import numpy as np
import pytest
from ipywidgets.embed import embed_data
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import WebDriverWait

from pixembed import weights
from pixembed.noise import CLEAN
from pixembed.widgets import edit_table, lab
from pixembed.widgets.explorer import page_script, styles
from tests.browser.conftest import errors, serve, violations, widths, write_page

pytestmark = pytest.mark.slow

LEFT, UP, SPACE = Keys.ARROW_LEFT, Keys.ARROW_UP, " "
RIGHT_AT_0 = "return Number(document.body.innerText.match(/reads (\\d+) at 0,/)?.[1])"
STATE = "return ['table', 'curve', 'overflow'].map(views[0].model.get)"


def make():
    layer = weights.load("text-pixel_embedding-0").get_layer("pixel_embedding")
    table = layer.table.get_weights()[0]
    levels = np.arange(256, dtype=np.uint8).reshape(1, 1, 256)
    tokens = np.asarray(layer.tokens(levels)).ravel()
    black, white = table[tokens[[0, 255]]]
    half = np.tile((black + white) / 2, (len(table), 1))
    half[tokens[[0, 255]]] = black, white
    return edit_table({"as trained": table, "half": half, "dark": 0 * table}, tokens)


@pytest.fixture(scope="module", autouse=True)
def few_digits():
    """A lab of few digits, which are counted soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "DIGITS", lab.DIGITS[:20])
        yield


@pytest.fixture(scope="module")
def twin():
    return make()


@pytest.fixture(scope="module")
def address(twin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("editor")
    data = embed_data([twin], drop_defaults=False)
    write_page(folder, data, page_script(), styles())
    (folder / "lab_data.js").write_text(lab.data_script(), encoding="utf-8")
    with serve(folder) as address:
        yield f"{address}/index.html"


@pytest.fixture
def page(browser, address):
    browser.get(address)
    browser.find_element("css selector", ".explorer button").send_keys(Keys.ENTER)
    browser.find_element("css selector", ".explorer-curve")
    yield browser
    assert errors(browser) == []


def right_at_0(page):
    wait = WebDriverWait(page, 90)
    return wait.until(lambda _: page.execute_script(RIGHT_AT_0))


def test_it_reads_clean_digits_as_python_does(page, twin):
    assert page.switch_to.active_element.get_attribute("value") == "as trained"
    assert right_at_0(page) == twin.right([CLEAN])[0]
    page.find_element("css selector", "input[value=half]").click()
    twin.table = "half"
    assert right_at_0(page) == twin.right([CLEAN])[0]
    assert page.execute_script(STATE)[0] == "half"


def test_drawing_with_the_mouse(page):
    page.find_element("css selector", "input[value=half]").click()
    sheet = page.find_element("css selector", ".explorer-sheet")
    actions = ActionChains(page, duration=50)
    actions.move_to_element_with_offset(sheet, -40, 30).click_and_hold()
    actions.move_by_offset(80, -60).release().perform()
    table, curve, _ = page.execute_script(STATE)
    assert table == "drawn by hand"
    slopes = np.diff(curve[95:120])
    assert slopes.min() > 0.002
    assert np.ptp(slopes) < 0.002
    assert right_at_0(page) > 0


def test_drawing_with_the_keys(page):
    page.find_element("css selector", "input[value=half]").click()
    sheet = page.find_element("css selector", ".explorer-sheet")
    sheet.send_keys(*4 * [UP], SPACE, *5 * [LEFT], SPACE)
    table, curve, _ = page.execute_script(STATE)
    assert table == "drawn by hand"
    np.testing.assert_allclose(curve[108:129], 0.7)
    np.testing.assert_allclose([curve[107], curve[111 - 5]], 0.5, atol=0.01)
    status = page.find_element("css selector", ".explorer-words").text
    assert status == "The pen is up, at grey level 108 and place 0.70."
    assert "0.70 at grey level 128" in sheet.get_attribute("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_keeps_nobody_out(page, theme):
    assert violations(page, theme) == []


@pytest.mark.parametrize("width", [360, 1200])
def test_fits_the_width(page, width):
    needed, there = widths(page, width)
    assert needed <= there == width
