"""What all widgets share: their code for the browser, and a picture without it."""

import base64
import functools
import io
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython.display import display
from matplotlib.figure import Figure

from pixembed.checks import check_integer

BROWSER = Path(__file__).parent / "browser"

#: The modules in `BROWSER`, each behind those that it imports.
MODULES = (
    "dom.js",
    "panels.js",
    "noise_explorer.js",
    "noise.js",
    "neighbours.js",
    "network.js",
    "counting.js",
    "shelf.js",
    "settings.js",
    "standings.js",
    "drawing.js",
    "lab.js",
    "small_lab.js",
    "table_editor.js",
    "picking.js",
    "embedding_explorer.js",
    "neighbour_explorer.js",
    "strength_explorer.js",
    "answers.js",
)

#: The style sheets in `BROWSER`.
STYLES = ("explorers.css", "answers.css")

#: The classes of widgets; `renderName` in a module draws the class `Name`. The small
#: lab has no class: it is on the first page, where no kernel can be.
NAMES = (
    "NoiseExplorer",
    "Lab",
    "SmallLab",
    "TableEditor",
    "EmbeddingExplorer",
    "NeighbourExplorer",
    "StrengthExplorer",
    "Question",
)

#: The place of the picked pixel where none is, as in picking.js.
NO_PIXEL = -1


@functools.cache
def script() -> str:
    """Returns the browser's modules as one piece of JavaScript.

    In Jupyter a widget's code has no address from which to import a second module. So
    all modules stand in one function, which returns what is asked of them from outside;
    workers run its text, see counting.js.
    """
    lines = [
        line.removeprefix("export ")
        for name in MODULES
        for line in (BROWSER / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith("import ")
    ]
    functions = ", ".join(f"{name}: render{name}" for name in NAMES)
    lines.append(f"return {{ serveCounts, widgets: {{ {functions} }} }};")
    return "\n".join(["function everyModule() {", *lines, "}"]) + "\n"


def module(name: str) -> str:
    """Returns the JavaScript module that draws one explorer, as anywidget wants it."""
    return f"{script()}export default {{ render: everyModule().widgets.{name} }};\n"


def page_script() -> str:
    """Returns JavaScript that draws every explorer in a page without a kernel.

    It defines `pixembedWidgets`, an object from class name to render function, and
    `pixembedLabAddress`, where the lab finds its data: beside the script itself.
    """
    return (
        "window.pixembedLabAddress = "
        'new URL("lab_data.js", document.currentScript.src).href;\n'
        f"window.pixembedWidgets = (() => {{\n{script()}return everyModule().widgets;\n"
        "})();\n"
    )


def styles() -> str:
    """Returns the style sheets of all widgets as one."""
    return "\n".join((BROWSER / name).read_text(encoding="utf-8") for name in STYLES)


class Whole(traitlets.TraitType):
    """An integer, Python's or NumPy's, which is kept as an int."""

    default_value = 0

    def validate(self, _explorer: Any, value: Any) -> int:
        return check_integer(self.name, value)


class Explorer(anywidget.AnyWidget):
    """A widget with something still for places where no JavaScript runs.

    A subclass sets `_esm` to `module` of its name.
    """

    _css = styles()

    def picture(self) -> Figure:
        """Returns a `matplotlib.figure.Figure` of the default state."""
        raise NotImplementedError

    def still(self) -> dict[str, str]:
        """Returns by MIME type what is seen where no JavaScript runs: the picture."""
        buffer = io.BytesIO()
        self.picture().savefig(buffer, format="png")
        return {"image/png": base64.b64encode(buffer.getvalue()).decode()}

    def close(self) -> None:
        super().close()
        self._ipython_display_ = None

    def _ipython_display_(self, **_options):
        """Displays what is still, then the view, whose style sheet hides the former.

        Two outputs, because of one with both a front end shows the view alone, even
        where it cannot draw it.
        """
        display(self.still(), raw=True)
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
