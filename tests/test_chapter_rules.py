"""Every rule passes a good notebook and is able to fail a bad one."""

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from tools import chapter_rules as rules
from tools import setup_cell
from tools.notebooks import ROOT, WIDGET_STATE, WIDGET_VIEW, repository

TABLE_3_FIRST = "Table 3 prints 85.7% for the first noise; `x % 2` and $5\\%$ are code."


def picture(**metadata):
    shown = new_output("display_data", {"image/png": "aGVsbG8="})
    return new_code_cell("plt.show()", outputs=[shown], metadata=metadata)


def printing(text, name="stdout"):
    return new_code_cell("f()", outputs=[new_output("stream", name=name, text=text)])


def widget(model_id):
    shown = new_output("display_data", {WIDGET_VIEW: {"model_id": model_id}})
    return new_code_cell("slider", outputs=[shown])


def good_notebook():
    setup = new_code_cell(setup_cell.source(*repository()))
    setup.metadata.tags = list(setup_cell.TAGS)
    alt = {"mystnb": {"image": {"alt": "A seven under growing noise."}}}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Title\n\n2 minutes, 1 GB of memory."),
            new_markdown_cell("## What you will learn"),
            setup,
            picture(**alt),
            printing("read more at https://example.org/page"),
            new_code_cell("# NBVAL_IGNORE_OUTPUT\nfit()"),
            new_code_cell("assert accuracy > 0.9"),
            widget("1"),
            new_markdown_cell(TABLE_3_FIRST),
            new_markdown_cell("## Exercises"),
            new_markdown_cell("## What we saw"),
            new_markdown_cell("## Further reading"),
        ]
    )
    model = {"model_module": "anywidget", "state": {"value": 1}}
    notebook.metadata.widgets = {WIDGET_STATE: {"state": {"1": model}}}
    notebook.metadata.kernelspec = {"name": "python3"}
    return number_cells(notebook)


def number_cells(notebook):
    for number, cell in enumerate(rules.code_cells(notebook), start=1):
        cell.execution_count = number
    return notebook


def with_cell(cell):
    def spoil(notebook):
        notebook.cells.append(cell)
        number_cells(notebook)

    return spoil


def without_markdown(notebook):
    notebook.cells = rules.code_cells(notebook)


def skip_a_count(notebook):
    notebook.cells[-5].execution_count = 99


def drop_outputs(notebook):
    for cell in rules.code_cells(notebook):
        cell.outputs = []


def choose_own_kernel(notebook):
    notebook.metadata.kernelspec.name = "pixembed"


def forget_kernel(notebook):
    del notebook.metadata["kernelspec"]


def edit_setup_cell(notebook):
    rules.code_cells(notebook)[0].source += "\nimport os"


def untag_setup_cell(notebook):
    rules.code_cells(notebook)[0].metadata.tags = ["setup"]


def drop_widget_state(notebook):
    del notebook.metadata["widgets"]


def use_unknown_widget(notebook):
    state = notebook.metadata.widgets[WIDGET_STATE]["state"]
    state["1"]["model_module"] = "@jupyter-widgets/controls"


def import_from_net(notebook):
    state = notebook.metadata.widgets[WIDGET_STATE]["state"]
    state["1"]["state"]["_esm"] = 'import d3 from "https://example.org/d3.js"'


def store_widget_code(notebook):
    notebook.metadata.widgets[WIDGET_STATE]["state"]["1"]["state"]["_css"] = "p {}"


def tagged(tag):
    return new_code_cell("fit()", metadata={"tags": [tag]})


CDN = "https://cdn.example.org/a.js"
ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])
BAD = [
    (rules.executed, skip_a_count),
    (rules.executed, drop_outputs),
    (rules.common_kernel, choose_own_kernel),
    (rules.common_kernel, forget_kernel),
    (rules.same_setup_cell, edit_setup_cell),
    (rules.same_setup_cell, untag_setup_cell),
    (rules.short_cells, with_cell(new_code_cell("x = 1\n" * 21))),
    (rules.short_cells, with_cell(new_code_cell("x" * 79))),
    (rules.described_pictures, with_cell(picture())),
    (
        rules.described_pictures,
        with_cell(picture(mystnb={"image": {"alt": "A figure"}})),
    ),
    (rules.headings, without_markdown),
    (rules.says_time_and_memory, without_markdown),
    (
        rules.unchecked_then_asserted,
        with_cell(new_code_cell("# NBVAL_IGNORE_OUTPUT\nfit()")),
    ),
    (rules.unchecked_then_asserted, with_cell(tagged("nbval-ignore-output"))),
    (rules.unchecked_then_asserted, with_cell(tagged("nbval-skip"))),
    (rules.nothing_from_the_net, with_cell(printing(CDN))),
    (rules.nothing_from_the_net, with_cell(printing('<img src="http://a.org/b.png">'))),
    (rules.nothing_from_the_net, import_from_net),
    (rules.no_machine_paths, with_cell(printing("saved in /home/ada/model.keras"))),
    (rules.no_machine_paths, with_cell(printing("saved in C:\\Users\\ada"))),
    (rules.no_machine_paths, with_cell(printing(f"saved in {ROOT}/model.keras"))),
    (rules.no_errors, with_cell(new_code_cell("f()", outputs=[ERROR]))),
    (rules.no_errors, with_cell(printing("a warning", name="stderr"))),
    (rules.living_widgets, with_cell(widget("2"))),
    (rules.living_widgets, drop_widget_state),
    (rules.living_widgets, store_widget_code),
    (rules.living_widgets, use_unknown_widget),
    (rules.no_typed_percentages, with_cell(new_markdown_cell("It reaches 97.9 %."))),
    (rules.no_typed_percentages, with_cell(new_markdown_cell("Table 3 prints 12.3%."))),
    (rules.no_typed_percentages, with_cell(new_markdown_cell("It reaches 85.7%."))),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_good_notebook_passes(rule):
    assert list(rule(good_notebook())) == []


@pytest.mark.parametrize(("rule", "spoil"), BAD)
def test_bad_notebook_is_caught(rule, spoil):
    notebook = good_notebook()
    spoil(notebook)
    assert list(rule(notebook))


def test_every_rule_was_seen_failing():
    assert {rule for rule, _ in BAD} == set(rules.RULES)
