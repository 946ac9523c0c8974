"""The built book in a browser: with JavaScript, without it, and without a server."""

import base64
import gzip
import io
import json
import subprocess
import sys
import unicodedata
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from pypdf import PdfReader

from tests.browser.conftest import errors, serve, violations, widths
from tests.test_book import LEAN, toc_files
from tools.notebooks import ROOT, WIDGET_VIEW, code_cells, read

pytestmark = pytest.mark.slow

BOOK = ROOT / "_build" / "html"
BUILD = ("build", ".", "-W", "-n", "--keep-going", "-q")
MOST_BYTES = 1_500_000

SETTLED = """
const done = arguments[0];
Promise.all([document.fonts.ready, window.MathJax?.startup.promise]).then(() => done());
"""
UNDESCRIBED = """
return [...document.images].filter(({ alt }) => !alt.trim()).map(({ src }) => src);
"""
TEXT = "return document.querySelector('article').innerText"
PICTURES_SEEN = """
return [...document.querySelectorAll("article img")]
  .map((image) => image.complete && image.naturalWidth > 0 && image.checkVisibility());
"""
SHOWN = """
const found = [...document.querySelectorAll(arguments[0])];
return found.map((element) => element.checkVisibility());
"""
FOLDED = """
const parts = [...document.querySelectorAll("article details p:not(summary *)")];
return parts.map(({ firstChild }) => firstChild.data ?? "").filter((text) => text);
"""
CUT = """
const code = [...document.querySelectorAll("article pre")];
return code.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length;
"""
NO_MOTION = [{"name": "prefers-reduced-motion", "value": "reduce"}]
PAPER = {"width": 700, "height": 900, "deviceScaleFactor": 1, "mobile": False}
TELEPHONE = {"width": 375, "scale": 2}
#: One page of the package stands for all of them.
PAGES = [*toc_files(), "reference/pixembed_noise"]


@pytest.fixture(scope="module")
def site(browser):
    """Builds the book as `make book` does, and without Keras; yields its address."""
    program = f"{LEAN}from jupyter_book.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", program, *BUILD], cwd=ROOT, check=True)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": NO_MOTION})
    with serve(BOOK) as address:
        yield address


@pytest.fixture(scope="module", params=PAGES)
def page(request, browser, site):
    """A page with all that it loads at first sight."""
    browser.get_log("performance")
    errors(browser)
    browser.get(f"{site}/{request.param}.html")
    if widgets_of(request.param):
        browser.find_element("css selector", ".explorer")
    browser.execute_async_script(SETTLED)
    return SimpleNamespace(
        name=request.param, browser=browser, site=site, addresses=requested(browser)
    )


@pytest.fixture(scope="module", params=PAGES)
def still_page(request, browser, site):
    """A page in a browser that runs no JavaScript."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{site}/{request.param}.html")
    # Whether a noscript is seen is settled with the layout, so it is asked for now.
    browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    return SimpleNamespace(name=request.param, browser=browser)


@pytest.fixture(scope="module", params=PAGES)
def file_page(request, browser, site):
    """A page opened from the disk."""
    errors(browser)
    browser.get((BOOK / f"{request.param}.html").as_uri())
    return SimpleNamespace(name=request.param, browser=browser)


def widgets_of(name):
    """How many widgets a page shows."""
    path = ROOT / f"{name}.ipynb"
    if not path.exists():
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        return text.count(WIDGET_VIEW)
    cells = code_cells(read(path))
    outputs = [output for cell in cells for output in cell.outputs]
    return sum(WIDGET_VIEW in output.get("data", {}) for output in outputs)


def requested(browser):
    """The addresses that a page has asked for, data in the page aside."""
    events = [
        json.loads(entry["message"])["message"]
        for entry in browser.get_log("performance")
    ]
    requests = [
        event["params"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
        and not event["params"]["documentURL"].startswith("chrome:")
    ]
    addresses = {request["request"]["url"] for request in requests}
    return {address for address in addresses if not address.startswith("data:")}


def compressed(address):
    content = (BOOK / unquote(urlsplit(address).path).lstrip("/")).read_bytes()
    return min(len(content), len(gzip.compress(content)))


def shown(page, selector):
    return page.browser.execute_script(SHOWN, selector)


def test_asks_only_its_own_host(page):
    hosts = {urlsplit(address).netloc for address in page.addresses}
    assert hosts == {urlsplit(page.site).netloc}


def test_first_view_is_light(page):
    assert sum(map(compressed, page.addresses)) <= MOST_BYTES


def test_raises_no_error(page):
    assert errors(page.browser) == []


def test_describes_its_pictures(page):
    assert page.browser.execute_script(UNDESCRIBED) == []


def test_draws_its_widgets_in_place_of_their_pictures(page):
    count = widgets_of(page.name)
    assert shown(page, ".explorer") == [True] * count
    assert shown(page, ".widget-static") == [False] * count


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_keeps_nobody_out(page, theme):
    assert violations(page.browser, theme) == []


def test_fits_a_telephone(page):
    needed, there = widths(page.browser, **TELEPHONE)
    assert needed <= there == 375


def test_can_be_read_without_javascript(still_page):
    assert len(still_page.browser.execute_script(TEXT)) > 500
    assert all(still_page.browser.execute_script(PICTURES_SEEN))


def test_shows_something_still_for_each_widget_without_javascript(still_page):
    count = widgets_of(still_page.name)
    parts = "img, .question-still > p, .lab-still"
    assert shown(still_page, f".widget-static:has({parts})") == [True] * count
    assert shown(still_page, ".widget-static noscript p") == [True] * count


def test_can_be_read_from_the_disk(file_page):
    assert len(file_page.browser.execute_script(TEXT)) > 500
    assert errors(file_page.browser) == []


def test_shows_each_widget_from_the_disk(file_page):
    alive_or_still = shown(file_page, ".explorer, .widget-static")
    assert alive_or_still.count(True) == widgets_of(file_page.name)


@pytest.fixture
def chapter(browser, site):
    browser.get(f"{site}/chapters/01_noise_breaks.html")
    return browser


def test_a_wrong_answer_is_told_so_and_fits_a_telephone(chapter):
    for field in chapter.find_elements("css selector", ".question input[type=text]"):
        field.send_keys("4", "\ue007")
    told = chapter.find_elements("css selector", ".question-verdict:not(:empty)")
    assert told and {verdict.text[:8] for verdict in told} == {"Not yet."}
    needed, there = widths(chapter, **TELEPHONE)
    assert needed <= there == 375


def squeezed(text):
    """The text without spaces and ligatures, which a PDF sets as it likes."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_paper_shows_what_is_folded(chapter):
    folded = chapter.execute_script(FOLDED)
    printed = chapter.execute_cdp_cmd("Page.printToPDF", {})
    paper = PdfReader(io.BytesIO(base64.b64decode(printed["data"])))
    text = squeezed("".join(sheet.extract_text() for sheet in paper.pages))
    assert folded
    assert [part for part in folded if squeezed(part) not in text] == []


def test_paper_cuts_no_line_of_code(chapter):
    chapter.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    chapter.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PAPER)
    cut = chapter.execute_script(CUT)
    chapter.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chapter.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": NO_MOTION})
    assert cut == 0


@pytest.fixture(params=["server", "disk"])
def lab(request, browser, site):
    """The lab's page with the lab started, from a server and from the disk."""
    address = site if request.param == "server" else BOOK.as_uri()
    errors(browser)
    browser.get(f"{address}/chapters/lab.html")
    browser.find_element("xpath", "//button[text()='Start the lab']").click()
    browser.find_element("css selector", ".explorer caption")
    yield browser
    assert errors(browser) == []


def test_lab_answers_in_the_book(lab):
    sentence = lab.find_element("css selector", ".explorer-sentence").text
    assert sentence.startswith("The digit is 5: plain answers ")


def test_first_page_has_a_small_lab(browser, site):
    errors(browser)
    browser.get(f"{site}/chapters/intro.html")
    browser.find_element("xpath", "//button[text()='Start the small lab']").click()
    slider = browser.find_element("css selector", ".explorer [type=range]")

    def sentence():
        return browser.find_element("css selector", ".explorer-sentence").text

    said = [sentence()]
    assert said[0].startswith("The digit is 5: plain answers ")
    slider.send_keys("\ue010")
    said.append(sentence())
    browser.find_element("css selector", ".explorer [value=wrap]").click()
    said.append(sentence())
    assert len(set(said)) == 3
    assert violations(browser, "light") == violations(browser, "dark") == []
    needed, there = widths(browser, **TELEPHONE)
    assert needed <= there == 375
    assert errors(browser) == []


def test_a_link_opens_the_lab_in_its_setting(browser, site):
    errors(browser)
    browser.get(f"{site}/chapters/lab.html#kind=impulse&value=50&overflow=wrap")
    browser.find_element("css selector", ".explorer caption")
    assert browser.find_element("css selector", "[value=wrap]").is_selected()
    field = browser.find_element("xpath", "//label[span='value v']/input")
    assert field.get_property("value") == "50"
    assert errors(browser) == []


@pytest.mark.parametrize("lab", ["server"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_started_lab_keeps_nobody_out(lab, theme):
    assert violations(lab, theme) == []


def test_started_lab_fits_a_telephone(lab):
    needed, there = widths(lab, **TELEPHONE)
    assert needed <= there == 375
