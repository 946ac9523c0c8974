"""Questions in a browser, with no kernel behind them."""

import pytest
from ipywidgets.embed import embed_data
from selenium.webdriver import ActionChains

from pixembed.widgets import ask_choice, ask_number, ask_order, ask_place
from pixembed.widgets.explorer import module, page_script, styles
from tests.browser.conftest import serve, violations, widths, write_page
from tests.questions import (
    asking_chapters,
    models,
    restored,
    right_answer,
    wrong_answers,
)
from tests.test_answers import CHOICES, IMAGE, number
from tools.notebooks import ROOT, read, widget_state

pytestmark = pytest.mark.slow

DRAWN = ".question"

ENTER, SPACE = "\ue007", " "
RIGHT, DOWN, LEFT, UP = "\ue014", "\ue015", "\ue012", "\ue013"
STEPS = ["standardise", "multiply", "truncate", "shift"]
#: Answers a question as a reader does, and returns what is said, and its colour.
ANSWER = """
const [view, kind, given] = arguments;
const root = document.querySelector(`#view-${view}`);
const find = (selector) => root.querySelector(selector);
if (kind === "number") find("input").value = given;
if (kind === "choice") {
  const inputs = root.querySelectorAll("input");
  inputs.forEach((input, place) => (input.checked = given.includes(place)));
}
if (kind === "order") {
  given.forEach((item, place) => {
    const row = find(`li[data-item="${item}"]`);
    while ([...row.parentNode.children].indexOf(row) > place) {
      row.querySelector("button[name=up]").click();
    }
  });
}
if (kind === "place") {
  const press = (key) => {
    find("canvas").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  };
  const { width, height } = find("canvas");
  const walk = (steps, back, on) => {
    for (let step = 0; step < Math.abs(steps); step += 1) press(steps < 0 ? back : on);
  };
  press("ArrowUp");
  walk(-height, "ArrowUp");
  walk(-width, "ArrowLeft");
  walk(given[0], "ArrowUp", "ArrowDown");
  walk(given[1], "ArrowLeft", "ArrowRight");
}
find("[type=submit]").click();
const verdict = find(".question-verdict");
return [verdict.classList.contains("question-right"), verdict.textContent];
"""


#: Draws the first question as Jupyter and Colab do: from its own module.
AS_IN_A_NOTEBOOK = """
const [code, done] = arguments;
const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
import(address).then((module) => {
  const el = document.createElement("div");
  el.id = "view-in-a-notebook";
  document.body.append(el);
  module.default.render({ model: views[0].model, el });
  done();
});
"""


def made_up():
    return [
        number(unit="grey levels"),
        ask_choice("255 + 1 = 0 is", CHOICES, "wrap"),
        ask_choice("Which?", CHOICES, ["wrap", "clip"], hint="There are two."),
        ask_order("The steps:", STEPS, hint="Think of 100."),
        ask_place("Which pixel is bright?", IMAGE, IMAGE > 245, hint="Look."),
        ask_number("How much is 8/9?", 8 / 9, tolerance=0.005),
    ]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Pages with questions: made up for the tests, and those of each chapter."""
    folder = tmp_path_factory.mktemp("page")
    pages = {"index": embed_data(made_up(), drop_defaults=False)}
    for path in asking_chapters():
        notebook = read(path)
        pages[path.stem] = {
            "manager_state": {"state": widget_state(notebook)},
            "view_specs": [{"model_id": name} for name, _ in models(notebook)],
        }
    for name, data in pages.items():
        (folder / name).mkdir()
        write_page(folder / name, data, page_script(), styles())
    with serve(folder) as address:
        yield address


def test_notebooks_draw_the_same_object(page):
    page.execute_async_script(AS_IN_A_NOTEBOOK, module("Question"))
    find(page, "in-a-notebook", "input").send_keys("270", ENTER)
    assert said(page, "in-a-notebook") == "Not yet. That is the sum."


def find(page, view, selector):
    return page.find_element("css selector", f"#view-{view} {selector}")


def said(page, view):
    return find(page, view, ".question-verdict").text


def given_to(question, answer):
    """An answer as the browser's controls take it: places instead of texts."""
    if question.kind in ("choice", "order"):
        return [question.items.index(text) for text in answer]
    return answer


def assert_answers_as_python(page, view, question, answer):
    answered = given_to(question, answer)
    verdict = question.verdict(answer)
    assert page.execute_script(ANSWER, view, question.kind, answered) == [*verdict]
    return verdict


@pytest.mark.parametrize("page", [p.stem for p in asking_chapters()], indirect=True)
def test_chapter_tells_right_answers_from_wrong_ones(page):
    chapter = page.current_url.split("/")[-2]
    notebook = read(ROOT / "chapters" / f"{chapter}.ipynb")
    for view, (_, state) in enumerate(models(notebook)):
        question = restored(state)
        for answer in wrong_answers(question):
            assert not assert_answers_as_python(page, view, question, answer).right
        right = right_answer(question)
        assert assert_answers_as_python(page, view, question, right).right


def test_every_kind_tells_right_answers_from_wrong_ones(page):
    for view, question in enumerate(made_up()):
        for answer in [*wrong_answers(question), right_answer(question)]:
            assert_answers_as_python(page, view, question, answer)


@pytest.mark.parametrize("text", ["0.89", "8/9", " 0,89 ", ".89", "8 / 9", "1.78/2"])
def test_a_number_is_written_as_people_write(page, text):
    find(page, 5, "input").send_keys(text, ENTER)
    assert said(page, 5) == "Right."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("−3", "Not yet. That is too small. Modulo."),
        ("1,000", "Not yet. That is too large. Modulo."),
        ("270", "Not yet. That is the sum."),
        ("", "Write a number, such as 0.5 or 1/2."),
        ("many", "Write a number, such as 0.5 or 1/2."),
        ("1/", "Write a number, such as 0.5 or 1/2."),
        ("1/0", "Write a number, such as 0.5 or 1/2."),
    ],
)
def test_what_is_wrong_or_no_number_is_told_so(page, text, words):
    find(page, 0, "input").send_keys(text, ENTER)
    assert said(page, 0) == words


def test_a_verdict_goes_when_the_answer_changes(page):
    find(page, 0, "input").send_keys("13", ENTER)
    assert said(page, 0).startswith("Not yet.")
    find(page, 0, "input").send_keys("0")
    assert said(page, 0) == ""
    assert find(page, 0, ".question-verdict").get_attribute("aria-live") == "polite"


def test_a_choice_is_made_with_keys(page):
    find(page, 1, "button").click()
    assert said(page, 1) == "Choose an answer first."
    find(page, 1, "input").send_keys(SPACE, DOWN, ENTER)
    assert said(page, 1) == "Right."
    find(page, 1, "label:last-of-type").click()
    find(page, 1, "button").click()
    assert said(page, 1) == "Not yet. Bytes have an end."


def test_several_choices_are_made_with_keys(page):
    boxes = page.find_elements("css selector", "#view-2 input")
    boxes[0].send_keys(SPACE, ENTER)
    assert said(page, 2).endswith("something is missing. There are two.")
    boxes[1].send_keys(SPACE, ENTER)
    assert said(page, 2) == "Right. It stays at 255."


def test_an_order_is_made_with_keys_that_stay_on_their_button(page):
    for place, step in enumerate(STEPS):
        button = find(page, 3, f"li[data-text={step}] button[name=up]")
        for _ in STEPS:
            if button.get_attribute("aria-label").startswith(f"{step}, {place + 1} of"):
                break
            button.send_keys(ENTER)
            assert page.switch_to.active_element == button
    find(page, 3, "[type=submit]").click()
    assert said(page, 3) == "Right."


def test_a_place_is_picked_with_keys(page):
    find(page, 4, "[type=submit]").click()
    assert said(page, 4) == "Pick a pixel first."
    canvas = find(page, 4, "canvas")
    canvas.send_keys(RIGHT, LEFT, DOWN, ENTER)
    assert said(page, 4) == "Not yet. It is not row 2, column 1. Look."
    canvas.send_keys(UP, RIGHT)
    assert said(page, 4) == ""
    words = "Row 1 of 2, column 2 of 3: grey level 250."
    assert find(page, 4, ".question-words").text == words
    canvas.send_keys(SPACE)
    assert said(page, 4) == "Right."


def test_a_place_is_clicked_and_touched(page):
    canvas = find(page, 4, "canvas")
    ActionChains(page).move_to_element_with_offset(canvas, 0, 40).click().perform()
    assert said(page, 4) == "Not yet. It is not row 2, column 2. Look."
    box = canvas.rect
    left, top = page.execute_script("return [scrollX, scrollY]")
    point = {"x": box["x"] - left + box["width"] / 2, "y": box["y"] - top + 20}
    touch = {"type": "touchStart", "touchPoints": [point]}
    page.execute_cdp_cmd("Input.dispatchTouchEvent", touch)
    page.execute_cdp_cmd(
        "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
    )
    page.find_element("xpath", "//*[text()='Right.']")
    assert said(page, 4) == "Right."


def test_a_plain_key_stays_in_the_question(page):
    page.execute_script("window.keys = []; onkeydown = (e) => keys.push(e.key)")
    find(page, 0, "input").send_keys("b")
    assert page.execute_script("return keys") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_questions_keep_nobody_out(page, theme):
    find(page, 0, "input").send_keys("13", ENTER)
    find(page, 5, "input").send_keys("8/9", ENTER)
    assert violations(page, theme) == []


def test_questions_fit_a_telephone(page):
    needed, there = widths(page, 375, scale=2)
    assert needed <= there == 375
