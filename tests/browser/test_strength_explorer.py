"""The strength explorer in a browser, with no kernel behind it."""

import numpy as np
import pytest

from pixembed.widgets import explore_strength, panels
from tests.browser.conftest import find, serve_widgets, violations, widths
from tests.test_strength_explorer import explore, halves

pytestmark = pytest.mark.slow

RIGHT, END, HOME = "\ue014", "\ue010", "\ue011"
COLOURS = """
return [...document.querySelectorAll("#view-0 canvas")].map((canvas) =>
  [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
"""


def digits():
    titles = {"choice": "Corruption", "strength": "How much"}
    return explore(tokens=halves, titles=titles, of_what="half the level")


def garments():
    images = np.random.default_rng(1).integers(0, 256, (1, 5, 9, 3), dtype=np.uint8)

    def shoe(pictures):
        return np.tile([0.25, 0.75], (len(pictures), 1))

    return explore_strength(
        {"blur": {"weak": images, "strong": 255 - images}},
        [0],
        {"one": shoe},
        classes=["shirt", "shoe"],
    )


MAKERS = {"index": digits, "garments": garments}


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


def all_of(page, selector):
    return page.find_elements("css selector", f"#view-0 {selector}")


def assert_shows_what_python_shows(page, twin):
    drawn = [np.reshape(one, (-1, 4))[:, :3] for one in page.execute_script(COLOURS)]
    image = twin.image.reshape(twin.shape[0] * twin.shape[1], -1)
    np.testing.assert_array_equal(drawn[0], np.broadcast_to(image, drawn[0].shape))
    if twin.tokens:
        shares = np.sqrt(halves(image) / twin.last)[:, 0]
        colours = panels.TOKEN_COLOURS(shares, bytes=True)[:, :3]
        np.testing.assert_allclose(drawn[1], colours, atol=2)
    first, second = twin.picture().get_suptitle().split("\n")
    assert find(page, ".explorer-sentence").text == second
    label = find(page, "canvas").get_attribute("aria-label")
    assert label == f"{first}. {second}"
    names = [one.text for one in all_of(page, ".explorer-answers .explorer-title")]
    assert names == twin.networks
    lists = all_of(page, ".explorer-answers [role=list]")
    for own, answers in zip(lists, twin.answers.values(), strict=True):
        values = own.find_elements("css selector", ".explorer-value")
        assert [one.text for one in values] == [f"{p:.2f}" for p in answers]
    slider = find(page, "[name=strength]")
    assert slider.get_attribute("value") == str(twin.strength)
    strength = twin.strengths[twin.choice][twin.strength]
    assert slider.get_attribute("aria-valuetext") == strength
    assert find(page, ".explorer-strength").text == strength


def test_opens_with_the_first_of_everything(page, twin):
    assert_shows_what_python_shows(page, twin)
    assert find(page, ".explorer-slider label > span").text == "How much"
    assert find(page, ".explorer-digit > span").text == "Corruption"


def test_menus_and_slider_do_what_they_do_in_python(page, twin):
    find(page, "[name=choice] option:last-child").click()
    find(page, "[name=digit] option:last-child").click()
    twin.choice, twin.digit = 1, 2
    assert_shows_what_python_shows(page, twin)
    for keys, strength in ((RIGHT, 1), (END, 2), (HOME + RIGHT, 1)):
        find(page, "[name=strength]").send_keys(*keys)
        twin.strength = strength
        assert_shows_what_python_shows(page, twin)


@pytest.mark.parametrize("page", ["garments"], indirect=True)
def test_colours_names_and_no_menu_where_there_is_no_choice(page, twin):
    assert not all_of(page, "select")
    assert len(all_of(page, "canvas")) == 1
    find(page, "[name=strength]").send_keys(END)
    twin.strength = 1
    assert_shows_what_python_shows(page, twin)
    assert find(page, ".explorer-sentence").text == "one answers shoe."


def test_follows_the_model_and_takes_absurd_choices(page, twin):
    page.execute_script(
        "const [{ model }] = views;"
        "for (const name of ['digit', 'choice', 'strength']) model.set(name, 99)"
    )
    twin.digit, twin.choice, twin.strength = 2, 1, 2
    assert_shows_what_python_shows(page, twin)


def test_a_removed_view_listens_no_more(page, twin):
    page.execute_script(
        "const [{ model, leave }] = views; leave(); model.set('strength', 1)"
    )
    assert_shows_what_python_shows(page, twin)


def test_everything_has_a_name_and_can_be_reached(page):
    for control in all_of(page, ":is(input, select)"):
        assert control.accessible_name
        assert control.get_property("tabIndex") == 0
    sentence = find(page, ".explorer-sentence")
    assert sentence.get_attribute("aria-live") == "polite"
    for theme in ("light", "dark"):
        assert violations(page, theme) == []


@pytest.mark.parametrize("width", [360, 375, 700, 1200])
def test_fits_the_width(page, width):
    needed, there = widths(page, width)
    assert needed <= there == width
