"""The lab in a browser, with no kernel behind it."""

import json
import re

import pytest
from ipywidgets.embed import embed_data
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import WebDriverWait

from pixembed.noise import gaussian
from pixembed.widgets import explorer, lab, open_lab
from tests.browser.conftest import errors, serve, widths, window, write_page

pytestmark = pytest.mark.slow

INK = """
const { data } = document.querySelector(".explorer-sheet").getContext("2d")
  .getImageData(0, 0, 28, 28);
let ink = 0;
for (let place = 0; place < 784; place += 1) ink += data[4 * place];
return ink;
"""
#: How many digits this lab has: few, so that they are counted soon.
COUNT = 20
WHOLE = f"{COUNT} real digits under this noise"
COUNTED = "return document.querySelector('caption').textContent"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    start = open_lab(gaussian(50, 10), overflow="wrap", digit=5)
    data = embed_data([start], drop_defaults=False)
    write_page(folder, data, explorer.page_script(), explorer.styles())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "DIGITS", lab.DIGITS[:COUNT])
        (folder / "lab_data.js").write_text(lab.data_script(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with serve(folder) as address:
        yield f"{address}/index.html"


@pytest.fixture
def page(browser, address):
    browser.get(address)
    yield browser
    assert errors(browser) == []


@pytest.fixture
def opened(page):
    start(page)
    return page


def start(page):
    button(page, "Start the lab").click()
    page.find_element("css selector", "caption")


def button(page, text):
    return page.find_element("xpath", f"//button[text()='{text}']")


def number(page, name):
    return page.find_element("xpath", f"//label[span='{name}']/input")


def sentence(page):
    return page.find_element("css selector", ".explorer-sentence").text


def until(page, found, seconds=20):
    return WebDriverWait(page, seconds).until(lambda _: found())


def set_number(page, name, text):
    field = number(page, name)
    field.send_keys(Keys.CONTROL + "a")
    field.send_keys(text + Keys.TAB)


def values(page):
    """The numbers beside the bars, network by network."""
    texts = [e.text for e in page.find_elements("css selector", ".explorer-value")]
    return [texts[start : start + 10] for start in range(0, len(texts), 10)]


def test_nothing_is_loaded_before_the_start(page):
    assert page.execute_script("return window.pixembedLabData") is None
    assert "megabytes" in page.find_element("css selector", ".explorer p").text


def test_four_networks_answer(opened):
    assert sentence(opened).startswith("The digit is 5: plain answers ")
    for name in lab.NETWORKS:
        assert f"{name} answers" in sentence(opened)
    assert len(values(opened)) == 4
    for shown in values(opened):
        assert len(shown) == 10
        assert sum(map(float, shown)) == pytest.approx(1, abs=0.06)


def test_without_noise_all_four_are_right_about_almost_all_digits(opened):
    opened.find_element("css selector", "input[value=none]").click()
    until(opened, lambda: opened.execute_script(COUNTED) == WHOLE, 60)
    rows = opened.find_elements("css selector", "tbody tr")
    assert len(rows) == 4
    for row in rows:
        _, shares = (cell.text for cell in row.find_elements("tag name", "td"))
        share, low, high = map(float, re.findall(r"[\d.]+", shares))
        assert low < share <= high
        assert share >= 95


def test_a_new_setting_starts_a_new_count(opened):
    until(opened, lambda: "so far" in opened.execute_script(COUNTED))
    opened.find_element("css selector", "input[value=salt_and_pepper]").click()
    caption = until(opened, lambda: opened.execute_script(COUNTED))
    assert caption.endswith("real digits so far")


def test_a_picked_digit_is_shown_and_another_one_differs(opened):
    opened.find_element("css selector", "select option:nth-child(8)").click()
    until(opened, lambda: sentence(opened).startswith("The digit is 7"))
    before = opened.execute_script(INK)
    button(opened, "Another").click()
    until(opened, lambda: opened.execute_script(INK) != before)
    assert sentence(opened).startswith("The digit is 7")


def test_noise_can_be_drawn_again(opened):
    before = values(opened)
    button(opened, "Draw again").click()
    until(opened, lambda: values(opened) != before)


def test_a_setting_in_words_is_a_choice(page):
    """None of the lab's noises has one yet."""
    page.execute_script(
        "const [, gaussian] = views[0].model.get('noises');"
        "gaussian.controls.push({ name: 'edge', label: 'edge',"
        " choices: ['repeat', 'mirror'], start: 'mirror' });"
    )
    start(page)
    page.find_element("css selector", "input[value=impulse]").click()
    page.find_element("css selector", "input[value=gaussian]").click()
    choice = until(
        page, lambda: page.find_element("xpath", "//label[span='edge']/select")
    )
    until(page, lambda: choice.get_property("value") == "mirror")
    choice.find_element("css selector", "option[value=repeat]").click()
    parameters = page.execute_script("return views[0].model.get('parameters')")
    assert parameters == {"mean": 50, "std": 10, "edge": "repeat"}


def test_noises_are_named_as_in_the_package(opened):
    labels = opened.find_elements("css selector", "label:has([name=kind])")
    assert [label.text for label in labels] == [found["words"] for found in lab.OFFERED]


def test_overflow_is_only_for_additive_noise(opened):
    def wrap_is_enabled():
        return opened.find_element("css selector", "input[value=wrap]").is_enabled()

    assert wrap_is_enabled()
    opened.find_element("css selector", "input[value=salt_and_pepper]").click()
    until(opened, lambda: not wrap_is_enabled())
    opened.find_element("css selector", "input[value=impulse]").click()
    until(opened, wrap_is_enabled)


@pytest.mark.parametrize(
    ("typed", "value", "said"),
    [
        ("70", 70, ""),
        ("-12.5", -12.5, ""),
        ("9e99", 255, "mean μ takes a number from -255 to 255; now 255."),
        ("-300", -255, "mean μ takes a number from -255 to 255; now -255."),
        ("", 50, "mean μ takes a number from -255 to 255; now 50."),
    ],
)
def test_what_is_typed_is_taken_or_mended_and_said(typed, value, said, opened):
    set_number(opened, "mean μ", typed or Keys.BACKSPACE)
    until(
        opened,
        lambda: opened.execute_script("return views[0].model.get('parameters').mean"),
    )
    assert (
        opened.execute_script("return views[0].model.get('parameters').mean") == value
    )
    message = opened.find_element("css selector", ".explorer-message").text
    assert message == said
    until(
        opened, lambda: float(number(opened, "mean μ").get_property("value")) == value
    )


@pytest.mark.parametrize("typed", ["300", Keys.BACKSPACE])
def test_the_number_in_force_is_shown_where_equal_values_are_no_change(typed, opened):
    """As in Jupyter, whose model compares deeply."""
    opened.execute_script(
        "const [{ model }] = views; const { set } = model;"
        "const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);"
        "model.set = (name, value) => same(model.get(name), value) || set(name, value);"
    )
    set_number(opened, "mean μ", "255")
    set_number(opened, "mean μ", typed)
    message = opened.find_element("css selector", ".explorer-message").text
    assert message == "mean μ takes a number from -255 to 255; now 255."
    assert number(opened, "mean μ").get_property("value") == "255"


def test_the_step_of_an_impulse_is_a_whole_number(opened):
    opened.find_element("css selector", "input[value=impulse]").click()
    set_number(opened, "value v", "12.6")
    assert opened.execute_script("return views[0].model.get('parameters').value") == 13


def test_slider_and_field_show_the_same(opened):
    slider = opened.find_element("css selector", "input[type=range]")
    slider.send_keys(Keys.END)
    until(opened, lambda: number(opened, "mean μ").get_property("value") == "255")


def test_drawing_with_the_mouse(opened):
    button(opened, "Clear, to draw").click()
    until(opened, lambda: sentence(opened).startswith("Nothing is drawn."))
    assert opened.execute_script(INK) == 0
    opened.find_element("css selector", "input[value=none]").click()
    sheet = opened.find_element("css selector", ".explorer-sheet")
    actions = ActionChains(opened, duration=50)
    actions.move_to_element_with_offset(sheet, 0, -50).click_and_hold()
    for _ in range(8):
        actions.move_by_offset(0, 12)
    actions.release().perform()
    until(opened, lambda: "Your drawing: plain answers 1" in sentence(opened))
    assert opened.execute_script(INK) > 10_000


def test_drawing_with_the_keys(opened):
    button(opened, "Clear, to draw").click()
    opened.find_element("css selector", "input[value=none]").click()
    sheet = opened.find_element("css selector", ".explorer-sheet")
    sheet.send_keys(*8 * [Keys.ARROW_UP], " ", *16 * [Keys.ARROW_DOWN], " ")
    until(opened, lambda: "Your drawing: plain answers 1" in sentence(opened))
    status = opened.find_element("css selector", ".explorer > .explorer-words")
    assert status.text == "The pen is up, in column 15 and row 23."
    sheet.send_keys(Keys.DELETE)
    until(opened, lambda: sentence(opened).startswith("Nothing is drawn."))


def test_follows_the_model(opened):
    opened.execute_script(
        "const [{ model }] = views;"
        "model.set('parameters', { probability: 1, value: 0 });"
        "model.set('kind', 'impulse'); model.set('digit', 3)"
    )
    until(opened, lambda: sentence(opened).startswith("The digit is 3"))
    assert number(opened, "probability p").get_property("value") == "1"


def test_a_closed_lab_counts_no_more(opened):
    opened.execute_script("views[0].leave()")
    before = opened.execute_script(COUNTED)
    opened.execute_script("views[0].model.set('overflow', 'clip')")
    assert opened.execute_script(COUNTED) == before


def test_a_missing_file_is_named_and_can_come_later(browser, address, folder):
    file, away = folder / "lab_data.js", folder / "away.js"
    file.rename(away)
    try:
        browser.get(address)
        button(browser, "Start the lab").click()
        words = browser.find_element("css selector", ".explorer p")
        until(browser, lambda: "lab_data.js did not arrive" in words.text)
    finally:
        away.rename(file)
    errors(browser)
    button(browser, "Try again").click()
    browser.find_element("css selector", "caption")
    assert errors(browser) == []


ANSWER_COLOUR = """
const row = document.querySelector(".explorer-standings tbody tr");
return getComputedStyle(row).getPropertyValue("--answer");
"""


def test_a_drawing_is_neither_right_nor_wrong(opened):
    button(opened, "Clear, to draw").click()
    until(opened, lambda: sentence(opened).startswith("Nothing is drawn."))
    for part in (".explorer-standings tbody tr", ".explorer-answers [role=list]"):
        found = opened.find_elements("css selector", part)
        assert [one.get_attribute("class") for one in found] == 4 * ["explorer-unknown"]
    neutral = opened.execute_script(ANSWER_COLOUR)
    menu = opened.find_element("css selector", "select")
    assert menu.get_property("value") == ""
    button(opened, "Another").click()
    until(opened, lambda: sentence(opened).startswith("The digit is 0"))
    assert opened.execute_script(ANSWER_COLOUR) != neutral


def test_the_keyboard_goes_on_where_it_was(page):
    button(page, "Start the lab").send_keys(Keys.ENTER)
    page.find_element("css selector", "caption")
    focused = page.switch_to.active_element
    assert focused.get_attribute("value") == "gaussian"
    focused.send_keys(Keys.ARROW_RIGHT)
    until(
        page,
        lambda: page.execute_script("return views[0].model.get('kind')") == "impulse",
    )
    assert page.switch_to.active_element.get_attribute("value") == "impulse"


# A browser may lend no workers, or tell only later that it does not.
WORKERS = {
    "lent": "",
    "none": "delete window.Worker",
    "refused": "window.Worker = class extends EventTarget { constructor() { super();"
    " setTimeout(() => this.dispatchEvent(new Event('error')), 500); }"
    " postMessage() {} terminate() {} }",
}
WATCHED = """
const made = window.Worker;
window.workers = 0;
if (made) window.Worker = class extends made {
  constructor(...given) { super(...given); window.workers += 1; }
};
"""


def test_counts_the_same_with_workers_and_without(browser, address):
    rights, made = {}, {}
    for name, change in WORKERS.items():
        browser.get(address)
        browser.execute_script(f"{change};{WATCHED}")
        start(browser)
        until(browser, lambda: browser.execute_script(COUNTED) == WHOLE, 120)
        cells = browser.find_elements("css selector", "td:nth-child(3)")
        rights[name] = [cell.text for cell in cells]
        made[name] = browser.execute_script("return window.workers")
    assert made == {"lent": 4, "none": 0, "refused": 4}
    assert rights["lent"] == rights["none"] == rights["refused"]
    assert len(rights["lent"]) == 4
    assert errors(browser) == []


ADDRESS = "#kind=impulse&probability=0.25&value=-900&overflow=wrap&digit=7"


def test_an_address_opens_the_lab_in_its_setting(browser, address):
    browser.get("about:blank")
    browser.get(f"{address}{ADDRESS}")
    until(browser, lambda: sentence(browser).startswith("The digit is 7: "))
    state = (
        "const { model } = views[0]; return ['parameters', 'overflow'].map(model.get)"
    )
    parameters = {"probability": 0.25, "value": -255}
    assert browser.execute_script(state) == [parameters, "wrap"]
    browser.execute_script("location.hash = 'kind=gaussian&mean=5&std=x'")
    until(browser, lambda: number(browser, "mean μ").get_property("value") == "5")
    assert browser.execute_script(state) == [{"mean": 5, "std": 10}, "clip"]
    browser.execute_script("location.hash = 'kind=unknown&mean=7'")
    assert browser.execute_script(state) == [{"mean": 5, "std": 10}, "clip"]
    assert errors(browser) == []


TOGETHER = """
const parts = [".explorer-numbers", ".explorer-bench", ".explorer-standings"];
const boxes = parts.map((part) => document.querySelector(part).getBoundingClientRect());
return Math.max(...boxes.map(({ bottom }) => bottom)) - boxes[0].top;
"""


@pytest.mark.parametrize(("width", "height"), [(700, 400), (343, 610)])
def test_answers_are_in_view_while_a_slider_moves(opened, width, height):
    """In a window of 1280 by 760, and on a telephone of 375 by 667."""
    with window(opened, width):
        assert opened.execute_script(TOGETHER) <= height


def test_asks_the_kernel_where_there_is_no_book(page):
    text = json.dumps(lab.data_text())
    page.execute_script(
        "delete window.pixembedLabAddress; const listeners = [];"
        "const [{ model }] = views;"
        "const { on } = model; model.on = (event, listener) =>"
        "  event === 'msg:custom' ? listeners.push(listener) : on(event, listener);"
        "model.send = (message) => { window.asked = message;"
        f"  for (const listener of listeners) listener({{ data: {text} }}); }};"
    )
    start(page)
    assert page.execute_script("return window.asked") == {"ask": "data"}
    assert sentence(page).startswith("The digit is 5")


def test_needs_no_webassembly(browser, address):
    added = browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "delete window.WebAssembly"},
    )
    try:
        browser.get(address)
        start(browser)
        assert browser.execute_script("return typeof WebAssembly") == "undefined"
        assert sentence(browser).startswith("The digit is 5")
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_fits_the_width(opened, width):
    needed, there = widths(opened, width)
    assert needed <= there == width
