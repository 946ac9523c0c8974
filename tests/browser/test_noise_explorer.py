"""The noise explorer in a browser, with no kernel behind it."""

import base64
import functools
import http.server
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from pixembed import paper
from pixembed.widgets import LAB, explore_noise

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver"
    ),
]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Noise explorer</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="noise_explorer.css">
<div id="first"></div><div id="second"></div>
<script type="module">
  import {{ modelOf }} from "./model.js";
  import explorer from "./noise_explorer.js";
  const state = {state}, binary = {binary};
  window.model = modelOf(state, binary);
  window.leave = explorer.render({{ model, el: first }});
  explorer.render({{ model: modelOf(state, binary), el: second }});
</script></html>
"""
PIXELS = """
const canvas = document.querySelector("#first canvas");
const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
return Array.from({ length: 784 }, (_, place) => data[4 * place]);
"""
WIDER_THAN_PAGE = "return document.documentElement.scrollWidth > innerWidth"


def make_explorer():
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)

    def predict(pictures):
        scores = pictures[:, 14, :10] + 1.0
        return scores / scores.sum(axis=1, keepdims=True)

    cases = {
        "gaussian": [row.case for row in paper.TABLE_3],
        "impulse": [row.case for row in paper.TABLE_4],
    }
    return explore_noise(images, [3, 7], predict, cases)


def write_page(explorer, folder):
    state = explorer.get_state(
        ["labels", "kinds", "settings", "digit", "kind", "strength", "overflow"]
    )
    binary = {
        name: base64.b64encode(getattr(explorer, name)).decode()
        for name in ("frames", "probabilities")
    }
    page = PAGE.format(state=json.dumps(state), binary=json.dumps(binary))
    (folder / "index.html").write_text(page, encoding="utf-8")
    for source in [*LAB.iterdir(), Path(__file__).with_name("model.js")]:
        shutil.copy(source, folder)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def explorer():
    return make_explorer()


@pytest.fixture(scope="module")
def address(explorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(explorer, folder)
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    browser.implicitly_wait(10)
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, address):
    browser.get(address)
    browser.find_element("css selector", "#second canvas")
    yield browser
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


def find(page, selector):
    return page.find_element("css selector", f"#first {selector}")


def shown_index(explorer, kind, strength, overflow):
    return [
        index
        for index, setting in enumerate(explorer.settings)
        if (setting["kind"], setting["strength"], setting["overflow"])
        == (kind, strength, overflow)
    ].pop()


def assert_shows(page, explorer, digit, setting):
    settings = len(explorer.settings)
    frames = np.frombuffer(explorer.frames, np.uint8).reshape(-1, settings, 784)
    assert page.execute_script(PIXELS) == frames[digit, setting].tolist()
    stored = np.frombuffer(explorer.probabilities, "<u2").reshape(-1, settings, 10)
    probabilities = stored[digit, setting] / 65535
    rows = page.find_elements("css selector", "#first .noise-explorer-value")
    values = [float(row.text) for row in rows]
    np.testing.assert_allclose(values, probabilities, atol=0.0051)
    answer, truth = probabilities.argmax(), explorer.labels[digit]
    sentence = (
        f"The network answers {answer} with probability {values[answer]:.2f}; "
        f"the digit is a {truth}."
    )
    assert find(page, ".noise-explorer-sentence").text == sentence
    assert find(page, "canvas").get_attribute("aria-label").endswith(sentence)


def test_opens_with_the_clean_digit(page, explorer):
    assert_shows(page, explorer, 0, 0)
    assert "no noise" in find(page, "canvas").get_attribute("aria-label")


def test_keys_move_the_slider(page, explorer):
    slider = find(page, "input[type=range]")
    for _ in range(4):
        slider.send_keys("\ue014")  # arrow right
    assert slider.get_attribute("aria-valuetext") == "μ = 25, σ = 5"
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 4, "clip"))


def test_mouse_drags_the_slider(page, explorer):
    slider = find(page, "input[type=range]")
    reach = slider.size["width"]
    actions = webdriver.ActionChains(page).move_to_element_with_offset(
        slider, -reach // 2 + 8, 0
    )
    actions.click_and_hold().move_by_offset(reach, 0).release().perform()
    assert slider.get_attribute("aria-valuetext") == "μ = 150, σ = 10"
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 8, "clip"))


def test_every_control_changes_what_is_seen(page, explorer):
    find(page, "input[value=impulse]").click()
    find(page, "input[type=range]").send_keys("\ue010")  # end
    find(page, "input[value=wrap]").click()
    find(page, "select option:last-child").click()
    assert_shows(page, explorer, 1, shown_index(explorer, "impulse", 13, "wrap"))
    find(page, "input[value=gaussian]").click()
    assert_shows(page, explorer, 1, shown_index(explorer, "gaussian", 8, "wrap"))


def test_two_explorers_on_a_page_do_not_disturb_each_other(page):
    other = page.find_element("css selector", "#second")
    before = other.find_element("css selector", "canvas").get_attribute("aria-label")
    find(page, "input[value=impulse]").click()
    find(page, "input[value=wrap]").click()
    after = other.find_element("css selector", "canvas").get_attribute("aria-label")
    assert before == after
    assert other.find_element("css selector", "input[value=clip]").is_selected()


def test_follows_the_model(page, explorer):
    page.execute_script("model.set('strength', 3); model.set('overflow', 'wrap')")
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 3, "wrap"))


def test_an_absurd_selection_shows_the_nearest_one(page, explorer):
    page.execute_script("model.set('strength', 99); model.set('digit', -5)")
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 8, "clip"))


def test_a_removed_view_listens_no_more(page):
    before = find(page, "canvas").get_attribute("aria-label")
    page.execute_script("leave(); model.set('strength', 8)")
    assert find(page, "canvas").get_attribute("aria-label") == before


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_fits_the_width(page, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert not page.execute_script(WIDER_THAN_PAGE)
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
