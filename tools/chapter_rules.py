"""What every chapter keeps to. A rule takes a notebook and returns its breaches."""

import re

from nbval.plugin import find_comment_markers, find_metadata_tags

from pixembed import paper
from tools import setup_cell
from tools.notebooks import ROOT, WIDGET_VIEW, code_cells, repository, widget_state
from tools.refresh import KERNEL

MOST_LINES = 20
LONGEST_LINE = 78
SHORTEST_ALT = 20
PICTURES = {"image/png", "image/jpeg", "image/svg+xml"}
SERVED_WIDGETS = {"@jupyter-widgets/base", "anywidget"}
HEADINGS = ("What you will learn", "Exercises", "What we saw", "Further reading")

NET = re.compile(
    r"""(?:\bsrc\s*=|\burl\(|\bimport\()\s*["']?https?://"""
    r"""|\b(?:import|from)\s*["']https?://"""
    r"""|https?://[^\s"'<>]*(?:cdn|unpkg|esm\.sh|googleapis|cloudflare)"""
)
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|Users|private)/|\b[CD]:\\\w|" + re.escape(str(ROOT))
)
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%(?! (?:confidence )?interval)")
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)


def outputs(notebook):
    """All outputs, each with its cell."""
    return [(cell, out) for cell in code_cells(notebook) for out in cell.outputs]


def first_line(cell) -> str:
    return cell.source.partition("\n")[0]


def markdown(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def texts_of(value):
    """All texts in nested JSON, but for pictures, whose base64 means nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in PICTURES:
                yield from texts_of(item)


def stored_texts(notebook):
    for _, output in outputs(notebook):
        yield from texts_of(output)
    yield from texts_of(widget_state(notebook))


def executed(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not executed from top to bottom in one run: {counts}"
    if not outputs(notebook):
        yield "stored without outputs"


def common_kernel(notebook):
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != KERNEL["name"]:
        yield (
            f"saved for the kernel {kernel!r}, which other machines lack: choose the "
            f"kernel {KERNEL['display_name']!r} and save, or run `make refresh`"
        )


def same_setup_cell(notebook):
    cells = code_cells(notebook)
    if not cells or cells[0].source != setup_cell.source(*repository()):
        yield "the first code cell is not the set-up cell: run `make stamp`"
    elif cells[0].metadata.get("tags") != setup_cell.TAGS:
        yield f"the set-up cell's tags are not {setup_cell.TAGS}"


def short_cells(notebook):
    for cell in code_cells(notebook):
        lines = cell.source.splitlines()
        if len(lines) > MOST_LINES:
            yield f"{len(lines)} lines in the cell {first_line(cell)!r}"
        for line in lines:
            if len(line) > LONGEST_LINE and "://" not in line:
                yield f"{len(line)} characters in the line {line!r}"


def described_pictures(notebook):
    for cell, output in outputs(notebook):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if PICTURES & set(output.get("data", {})) and len(alt) < SHORTEST_ALT:
            yield f"no alt text for the picture of {first_line(cell)!r}"


def headings(notebook):
    text = "\n".join(markdown(notebook))
    for heading in HEADINGS:
        if not re.search(rf"^(#+ |\*\*){heading}", text, re.MULTILINE):
            yield f"no heading {heading!r}"


def says_time_and_memory(notebook):
    lines = "\n".join(markdown(notebook)).splitlines()
    needs = (r"\b(seconds|minutes?)\b", r"\b[GM]B\b", r"\bmemory\b")
    if not any(all(re.search(need, line) for need in needs) for line in lines):
        yield "no line says how much time and memory the chapter takes"


def unchecked(cell) -> bool:
    """Whether nbval is told not to compare the cell, or not even to run it."""
    options = {
        **dict(find_metadata_tags(cell.metadata)),
        **dict(find_comment_markers(cell.source)),
    }
    return options.get("check") is False or options.get("skip", False)


def unchecked_then_asserted(notebook):
    cells = code_cells(notebook)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if unchecked(cell) and not (
            following and re.search(r"^\s*assert\b", following.source, re.MULTILINE)
        ):
            yield f"no assert follows the unchecked cell {first_line(cell)!r}"


def nothing_from_the_net(notebook):
    for text in stored_texts(notebook):
        if found := NET.search(text):
            yield f"an output loads from the net: {found[0]!r}"


def no_machine_paths(notebook):
    for text in stored_texts(notebook):
        if found := MACHINE_PATH.search(text):
            start = found.start()
            yield f"an output names a path of one machine: {text[start : start + 40]!r}"


def no_errors(notebook):
    for cell, output in outputs(notebook):
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"an error or warning in the output of {first_line(cell)!r}"


def living_widgets(notebook):
    state = widget_state(notebook)
    for cell, output in outputs(notebook):
        view = output.get("data", {}).get(WIDGET_VIEW)
        if view and view["model_id"] not in state:
            yield f"no stored state for the widget of {first_line(cell)!r}"
    for module in {model["model_module"] for model in state.values()} - SERVED_WIDGETS:
        yield f"the pages do not serve the widget module {module!r}"
    if any({"_esm", "_css"} & set(model["state"]) for model in state.values()):
        yield "the code of a widget is stored: run `make refresh`"


def published_percentages() -> set[float]:
    """Every accuracy that the paper's tables print, or its logs."""
    rows = [*paper.TABLE_3, *paper.TABLE_4, *paper.TABLE_5]
    return {
        value for row in rows for value in vars(row).values() if type(value) is float
    }


def no_typed_percentages(notebook):
    published = published_percentages()
    for text in markdown(notebook):
        for number in PERCENT.findall(NOT_PROSE.sub(" ", text)):
            if "Table" not in text or float(number) not in published:
                yield f"{number}% is typed into prose: glue it, or quote its Table"


RULES = (
    executed,
    common_kernel,
    same_setup_cell,
    short_cells,
    described_pictures,
    headings,
    says_time_and_memory,
    unchecked_then_asserted,
    nothing_from_the_net,
    no_machine_paths,
    no_errors,
    living_widgets,
    no_typed_percentages,
)
