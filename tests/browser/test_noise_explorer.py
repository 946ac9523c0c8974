"""The noise explorer in a browser, with no kernel behind it."""

import shutil

import numpy as np
import pytest
from ipywidgets.embed import embed_data
from selenium import webdriver

from pixembed import paper
from pixembed.noise import NOISES, Case, Noise, Parameter, add_noise, register
from pixembed.widgets import explore_noise, panels
from pixembed.widgets.explorer import BROWSER, page_script, styles
from tests.browser.conftest import find, serve, widths, write_page

pytestmark = pytest.mark.slow

COLOURS = """
const canvas = document.querySelector(`#view-0 ${arguments[0]} canvas`);
return Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data);
"""
#: So far apart that no two of them have nearly the same colour.
TOKENS = np.minimum(500 + np.arange(256) // 16 * 150, 2000)
GAUSSIAN = [row.case for row in paper.TABLE_3]
IMPULSE = [row.case for row in paper.TABLE_4]


def make_explorer(**options):
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
    cases = {"gaussian": GAUSSIAN, "impulse": IMPULSE}
    return explore_noise(images, [3, 8], **({"cases": cases} | options))


def predict(pictures):
    scores = pictures[:, 14, :10] + 1.0
    return scores / scores.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def explorer():
    return make_explorer(predict=predict, tokens=TOKENS)


IN_COLOUR = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
NAMES = ["airplane", "cat", "dog", "frog"]


def make_colour_explorer():
    def predict(pictures):
        return np.eye(4)[pictures[:, 0, 0, 0] % 4]

    return explore_noise(
        *(IN_COLOUR, [1, 2], {"gaussian": GAUSSIAN}),
        predict=predict,
        tokens=TOKENS,
        classes=NAMES,
    )


def make_explorer_of_a_noise_from_outside():
    def blur(images, reach, edge, *, rng):
        return images // (reach + 1)

    edge = Parameter("edge", "edge", choices=("repeat", "mirror"), start="mirror")
    parameters = {"reach": Parameter("r", "reach r", high=9, whole=True), "edge": edge}
    register(Noise("blur", blur, parameters, "blur"))
    cases = [Case("blur", (("reach", r), ("edge", "mirror"))) for r in (1, 2)]
    explorer = make_explorer(cases={"blur": cases, "gaussian": GAUSSIAN})
    del NOISES["blur"]
    return explorer


def as_stored_before_shapes(data):
    for model in data["manager_state"]["state"].values():
        model["state"].pop("shape", None)
        model["state"].pop("classes", None)
    return data


@pytest.fixture(scope="module")
def address(explorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    pages = {
        "index": [explorer, make_explorer(predict=predict, tokens=TOKENS)],
        "bare": [make_explorer()],
        "impulse": [make_explorer(tokens=TOKENS, cases={"impulse": IMPULSE})],
        "colour": [make_colour_explorer()],
        "blur": [make_explorer_of_a_noise_from_outside()],
        "old": [explorer],
    }
    for name, explorers in pages.items():
        shutil.copytree(BROWSER, folder / name)
        data = embed_data(explorers, drop_defaults=False)
        if name == "old":
            as_stored_before_shapes(data)
        write_page(folder / name, data, page_script(), styles())
    with serve(folder) as address:
        yield address


def colours(page, panel=""):
    """The canvas in a panel, by default the first, as uint8 (784, 3)."""
    found = np.array(page.execute_script(COLOURS, panel)).reshape(784, 4)
    assert (found[:, 3] == 255).all()
    return found[:, :3]


def count(page, selector):
    """How many there are now; Selenium would wait for the first one."""
    script = "return views[0].el.querySelectorAll(arguments[0]).length"
    return page.execute_script(script, selector)


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
    pixels = frames[digit, setting]
    np.testing.assert_array_equal(colours(page), np.repeat(pixels, 3).reshape(784, 3))
    assert_shows_tokens(page, TOKENS[pixels])
    stored = np.frombuffer(explorer.probabilities, "<u2").reshape(-1, settings, 10)
    probabilities = stored[digit, setting] / 65535
    rows = page.find_elements("css selector", "#view-0 .explorer-value")
    values = [float(row.text) for row in rows]
    np.testing.assert_allclose(values, probabilities, atol=0.0051)
    answer, truth = probabilities.argmax(), explorer.labels[digit]
    sentence = (
        f"The network answers {answer} with probability {values[answer]:.2f}; "
        f"the digit is {truth}."
    )
    assert find(page, ".explorer-sentence").text == sentence
    assert find(page, "canvas").get_attribute("aria-label").endswith(sentence)


def assert_shows_tokens(page, tokens):
    expected = panels.TOKEN_COLOURS(tokens / 2000, bytes=True)[:, :3]
    np.testing.assert_allclose(colours(page, ".explorer-tokens"), expected, atol=1)
    words = find(page, ".explorer-words").text
    values, counts = np.unique(tokens, return_counts=True)
    assert words.startswith(f"{len(values)} different tokens. The most frequent, ")
    if values[counts.argmax()] == 2000:
        assert words.endswith(f", 2000, is in {counts.max()} of 784 pixels.")
    else:
        assert f", is in {counts.max()} of 784 pixels; " in words
        assert words.endswith(f"the last, 2000, in {(tokens == 2000).sum()}.")
    name = find(page, ".explorer-tokens canvas").get_attribute("aria-label")
    assert name == f"The tokens of the pixels as colours. {words}"


def test_no_article_is_needed_before_a_digit(page):
    page.execute_script("views[0].model.set('digit', 1)")
    assert find(page, "option:last-child").text == "8 (2 of 2)"
    assert find(page, ".explorer-sentence").text.endswith("; the digit is 8.")


def test_opens_with_the_clean_digit(page, explorer):
    assert_shows(page, explorer, 0, 0)
    assert "no noise" in find(page, "canvas").get_attribute("aria-label")


def test_no_two_tokens_of_these_tests_look_alike():
    seen = panels.TOKEN_COLOURS(np.unique(TOKENS) / 2000, bytes=True).astype(int)
    apart = np.abs(seen[:, None] - seen[None]).max(axis=2)
    assert apart[~np.eye(len(seen), dtype=bool)].min() > 2


def test_legend_names_the_first_and_the_last_token(page):
    legend = find(page, ".explorer-legend")
    assert legend.text.split() == ["token", "0", "2000"]
    scale = legend.find_element("css selector", "i").value_of_css_property("background")
    for colour in ("rgb(0, 32, 77)", "rgb(124, 123, 120)", "rgb(255, 234, 70)"):
        assert colour in scale


def test_one_token_everywhere_is_said_so(page):
    page.execute_script(
        """
        const { makeTokens } = await import("./panels.js");
        const tokens = makeTokens([28, 28], () => new Array(256).fill(7), 9);
        tokens.update(new Uint8Array(784));
        views[0].el.replaceChildren(tokens.node);
        """
    )
    words = find(page, ".explorer-words").get_property("textContent")
    assert words == "All 784 pixels have the token 7."


@pytest.mark.parametrize("page", ["bare"], indirect=True)
def test_without_network_and_tokens_only_noise_is_spoken_of(page):
    titles = page.find_elements("css selector", "#view-0 .explorer-title")
    assert [title.text for title in titles] == ["The picture", "Its grey levels"]
    assert count(page, ".explorer-sentence") == 0
    canvas = find(page, "canvas")
    assert canvas.get_attribute("aria-label") == "A handwritten 3; no noise."
    find(page, "input[type=range]").send_keys("\ue014")  # arrow right
    assert canvas.get_attribute("aria-label") == (
        "A handwritten 3; Gaussian noise, μ = 1, σ = 1, overflow: clip."
    )


@pytest.mark.parametrize("page", ["impulse"], indirect=True)
def test_a_single_kind_of_noise_needs_no_choice(page):
    assert count(page, "input[name=kind]") == 0
    slider = find(page, "input[type=range]")
    assert slider.accessible_name == "Strength of additive impulse noise"
    slider.send_keys("\ue010")  # end
    name = find(page, "canvas").get_attribute("aria-label")
    assert name.startswith("A handwritten 3; additive impulse noise, p = ")


@pytest.mark.parametrize("page", ["old"], indirect=True)
def test_what_was_stored_without_a_shape_is_drawn(page, explorer):
    assert_shows(page, explorer, 0, 0)


def pixels_of(page, selector, height, width):
    found = page.execute_script(
        "const [selector, height, width] = arguments;"
        "const canvas = document.querySelector(`#view-0 ${selector} canvas`);"
        "const context = canvas.getContext('2d');"
        "return Array.from(context.getImageData(0, 0, width, height).data);",
        *(selector, height, width),
    )
    return np.array(found).reshape(height, width, 4)[..., :3]


@pytest.mark.parametrize("page", ["colour"], indirect=True)
def test_pictures_in_colour_with_classes_of_their_own(page):
    find(page, "input[type=range]").send_keys("\ue010")  # end
    find(page, "select option:last-child").click()
    noisy = add_noise(IN_COLOUR, GAUSSIAN[-1], seed=0, overflow="clip")[1]
    np.testing.assert_array_equal(pixels_of(page, "", 32, 32), noisy)
    tokens = np.concatenate([TOKENS[noisy[..., c]] for c in range(3)], axis=1)
    expected = panels.TOKEN_COLOURS(tokens / 2000, bytes=True)[..., :3]
    found = pixels_of(page, ".explorer-tokens", 32, 96)
    np.testing.assert_allclose(found, expected, atol=1)
    values, counts = np.unique(noisy, return_counts=True)
    assert (
        find(page, "svg")
        .get_attribute("aria-label")
        .endswith(
            f"{len(values)} of the 256 grey levels occur; the most frequent is "
            f"{values[counts.argmax()]}, in {counts.max()} of 3072 values."
        )
    )
    assert find(page, ".explorer-words").text.endswith(" values.")
    answer = NAMES[noisy[0, 0, 0] % 4]
    sentence = (
        f"The network answers {answer} with probability more than 0.99; "
        "the class is dog."
    )
    assert find(page, ".explorer-sentence").text == sentence
    assert find(page, "canvas").get_attribute("aria-label") == (
        "A picture of class dog; Gaussian noise, μ = 150, σ = 10, overflow: clip. "
        f"{sentence}"
    )
    rows = page.find_elements("css selector", "#view-0 .explorer-row")
    assert [row.text.split()[0] for row in rows] == NAMES
    assert rows[2].text.endswith("the class")
    assert find(page, "select").accessible_name == "Picture"


@pytest.mark.parametrize("page", ["blur"], indirect=True)
def test_a_noise_from_outside_that_does_not_overflow(page):
    assert not find(page, "input[value=wrap]").is_enabled()
    find(page, "input[type=range]").send_keys("\ue010")  # end
    assert find(page, "canvas").get_attribute("aria-label") == (
        "A handwritten 3; blur noise, r = 2, edge = mirror."
    )
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(colours(page)[:, 0], (images[0] // 3).ravel())
    find(page, "input[value=gaussian]").click()
    find(page, "input[value=wrap]").click()
    find(page, "input[value=blur]").click()
    assert not find(page, "input[value=wrap]").is_enabled()
    np.testing.assert_array_equal(colours(page)[:, 0], (images[0] // 3).ravel())


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
    other = page.find_element("css selector", "#view-1")
    before = other.find_element("css selector", "canvas").get_attribute("aria-label")
    find(page, "input[value=impulse]").click()
    find(page, "input[value=wrap]").click()
    after = other.find_element("css selector", "canvas").get_attribute("aria-label")
    assert before == after
    assert other.find_element("css selector", "input[value=clip]").is_selected()


def test_follows_the_model(page, explorer):
    page.execute_script(
        "const [{ model }] = views;"
        "model.set('strength', 3); model.set('overflow', 'wrap')"
    )
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 3, "wrap"))


def test_an_absurd_selection_shows_the_nearest_one(page, explorer):
    page.execute_script(
        "const [{ model }] = views; model.set('strength', 99); model.set('digit', -5)"
    )
    assert_shows(page, explorer, 0, shown_index(explorer, "gaussian", 8, "clip"))


def test_a_removed_view_listens_no_more(page):
    before = find(page, "canvas").get_attribute("aria-label")
    page.execute_script(
        "const [{ model, leave }] = views; leave(); model.set('strength', 8)"
    )
    assert find(page, "canvas").get_attribute("aria-label") == before


@pytest.mark.parametrize(
    "page", ["index", "bare", "impulse", "colour", "blur"], indirect=True
)
@pytest.mark.parametrize("width", [360, 700, 1200])
def test_fits_the_width(page, width):
    needed, there = widths(page, width)
    assert needed <= there == width
