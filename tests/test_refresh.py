import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from tools.notebooks import WIDGET_VIEW, code_cells, read, to_text, widget_state
from tools.refresh import refresh

WIDGETS = """import anywidget, ipywidgets, traitlets
class Counter(anywidget.AnyWidget):
    _esm = "export default { render() {} }"
    _css = "p { color: red }"
    value = traitlets.Int(0).tag(sync=True)
counter = Counter()
slider = ipywidgets.IntSlider()
ipywidgets.jslink((slider, "value"), (counter, "value"))
counter"""


def store(path, *sources):
    cells = [new_code_cell(source) for source in sources]
    path.write_text(to_text(new_notebook(cells=cells)), encoding="utf-8")
    return path


def test_second_refresh_changes_nothing(tmp_path):
    path = store(tmp_path / "a.ipynb", WIDGETS, "print('one')\nprint('two')")
    refresh(path)
    first = path.read_bytes()
    refresh(path)
    assert path.read_bytes() == first

    notebook = read(path)
    _, widget, printed = code_cells(notebook)
    model = widget.outputs[0].data[WIDGET_VIEW]["model_id"]
    stored = widget_state(notebook)[model]
    assert stored["model_module"] == "anywidget"
    assert stored["state"]["value"] == 0
    assert not {"_esm", "_css"} & set(stored["state"])
    assert printed.outputs[0].text == "one\ntwo\n"
    assert printed.execution_count == 3


def test_failing_cell_leaves_the_file(tmp_path):
    path = store(tmp_path / "a.ipynb", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        refresh(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
