"""What draws the widgets of a page, with widgets made up for the test."""

import base64

import pytest

from tests.browser.conftest import errors, serve, write_page

pytestmark = pytest.mark.slow

SCRIPT = """
window.pixembedWidgets = {
  Counter({ model, el }) {
    const button = document.createElement("button");
    const most = model.get("most").getUint8(1);
    const update = () => (button.textContent = `${model.get("value")} of ${most}`);
    button.addEventListener("click", () => {
      model.set("value", model.get("value") + 1);
      model.save_changes();
    });
    model.on("change:value", update);
    el.append(button);
    update();
    return () => model.off("change:value", update);
  },
  async Late({ el }) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    el.textContent = "here at last";
  },
  Broken({ el }) {
    el.textContent = "half";
    throw new Error("broken on purpose");
  },
};
"""
CLASSES = ("Broken", "Unknown", "Counter", "Late")
VIEWS = ("Broken", "Unknown", "Counter", "Counter", "Late")


def stored(name):
    return {
        "state": {"_anywidget_id": f"somewhere.else.{name}", "value": 3},
        "buffers": [
            {
                "path": ["most"],
                "encoding": "base64",
                "data": base64.b64encode(bytes([0, 200])).decode(),
            }
        ],
    }


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    data = {
        "manager_state": {"state": {name: stored(name) for name in CLASSES}},
        "view_specs": [{"model_id": name} for name in VIEWS],
    }
    write_page(folder, data, SCRIPT)
    with serve(folder) as address:
        yield f"{address}/index.html"


@pytest.fixture
def page(browser, address):
    browser.get(address)
    browser.find_element("xpath", "//div[text()='here at last']")
    return browser


def pictures_shown(page):
    pictures = page.find_elements("css selector", ".widget-static")
    return [picture.is_displayed() for picture in pictures]


def texts(page):
    drawn = page.find_elements("css selector", ".widget-static + div")
    return [element.text for element in drawn]


def test_what_can_be_drawn_takes_the_place_of_its_picture(page):
    assert pictures_shown(page) == [True, True, False, False, False]
    assert texts(page)[2:] == ["3 of 200", "3 of 200", "here at last"]


def test_what_cannot_be_drawn_says_so_below_its_picture(page):
    sentence = (
        "This explorer cannot be drawn in your browser; the picture shows how it opens."
    )
    assert texts(page)[:2] == [sentence, sentence]
    said = "".join(entry["message"] for entry in errors(page))
    assert "broken on purpose" in said
    assert "is not a function" in said


def test_views_of_one_widget_share_its_state(page):
    first, second = page.find_elements("css selector", "button")
    first.click()
    assert (first.text, second.text) == ("4 of 200", "4 of 200")


def test_a_view_that_left_hears_no_more(page):
    first, second = page.find_elements("css selector", "button")
    page.execute_script("views[0].leave(); views[0].model.set('value', 7)")
    assert (first.text, second.text) == ("3 of 200", "7 of 200")
