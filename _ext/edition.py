"""Sphinx extension: what an edition is made of, and what its chapters take to run."""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from pixembed import __version__, data

ROOT = Path(__file__).resolve().parent.parent
CHANGES = ROOT / "CHANGELOG.md"
MEASURED = ROOT / "chapters" / "measured.json"
REFERENCE = ROOT / "pixembed" / "reference"
#: What of the pinned packages decides numbers and pages.
DECIDING = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "jupyter-book")
PIN = re.compile(r"^([\w-]+)==(\S+)$", re.MULTILINE)
HEADING = re.compile(r"^## (\S+), (\d{4}-\d\d-\d\d)$", re.MULTILINE)


def release() -> tuple[str, str]:
    """The version and its date, from the list of changes."""
    version, date = HEADING.search(CHANGES.read_text(encoding="utf-8")).groups()
    if version != __version__:
        raise ValueError(
            f"CHANGELOG.md must begin with version {__version__}. Received: {version}"
        )
    return version, date


def pins() -> dict[str, str]:
    """The versions that the requirements pin, by package."""
    files = (ROOT / name for name in ("requirements.txt", "requirements-book.txt"))
    return dict(PIN.findall("\n".join(file.read_text("utf-8") for file in files)))


def checksums() -> list[list[str]]:
    """Data, networks and counts, each with its SHA-256."""
    arrays = [
        [f"{source.title}, `{array}`", found]
        for source in data.SOURCES.values()
        for array, found in source.sha256.items()
    ]
    kinds = {
        "network": "weights/*.npz",
        "counts": "*.csv",
        "attacks": "attacks/*",
        "costs": "costs/*",
    }
    files = [
        [f"{kind} `{path.stem}`", hashlib.sha256(path.read_bytes()).hexdigest()]
        for kind, pattern in kinds.items()
        for path in sorted(REFERENCE.glob(pattern))
    ]
    return [[name, f"`{found}`"] for name, found in arrays + files]


def costs() -> list[list[str]]:
    """What each measured chapter takes, with a link to it."""
    rows = []
    for name, found in json.loads(MEASURED.read_text(encoding="utf-8")).items():
        notebook = json.loads((ROOT / "chapters" / f"{name}.ipynb").read_text("utf-8"))
        first = "".join(notebook["cells"][0]["source"])
        title = first.partition("\n")[0].removeprefix("# ")
        number = name[:2].lstrip("0") if name[:2].isdecimal() else ""
        rows.append(
            [
                number,
                f"[{title}]({name}.ipynb)",
                f"{found['processor_seconds']} s",
                f"{found['memory']} GB",
            ]
        )
    return rows


def machines() -> str:
    """On what the chapters were measured, and until when."""
    found = json.loads(MEASURED.read_text(encoding="utf-8")).values()
    kinds = " and ".join(sorted({one["machine"] for one in found}))
    return f"{kinds}, {max(one['date'] for one in found)}"


def markdown_table(head: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown has it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class FromText(SphinxDirective):
    """Shows the Markdown that `text` returns, in a box of the class `classes`."""

    classes: list[str] = []

    def run(self):
        box = nodes.container(classes=self.classes)
        lines = self.text().split("\n")
        self.state.nested_parse(StringList(lines, self.env.docname), 0, box)
        for file in (CHANGES, MEASURED):
            self.env.note_dependency(str(file))
        return [box]


class Edition(FromText):
    """Says version, date, environment and checksums."""

    classes = ["checksums"]

    def text(self):
        version, date = release()
        pinned = pins()
        about = [["version", version], ["date", date], ["Python", "3.11, 3.12 or 3.13"]]
        about += [[name, pinned[name]] for name in DECIDING]
        return "\n\n".join(
            [
                markdown_table(["this edition", ""], about),
                "The other packages are pinned in `constraints.txt`. Data are checked "
                "before use, and networks when they are loaded:",
                markdown_table(["what", "SHA-256"], checksums()),
            ]
        )


class ChapterCosts(FromText):
    """Says what each chapter takes to run."""

    def text(self):
        head = ["", "chapter", "processor time", "memory"]
        return "\n\n".join(
            [
                markdown_table(head, costs()),
                f"*Measured by `make measure` on: {machines()}. Time of all cores "
                "together, so two cores may halve it; memory of the kernel at its "
                "largest. In the profile `fast` no chapter downloads anything.*",
            ]
        )


def write_footer(app, page, template, context, doctree):
    """Name the edition below every page, with a link to all about it."""
    if "pathto" in context:
        version, date = release()
        there = context["pathto"]("chapters/edition")
        context["theme_extra_footer"] = (
            f'<div><a href="{there}">Edition {version}, {date}</a></div>'
        )


def setup(app):
    app.add_directive("edition", Edition)
    app.add_directive("chapter-costs", ChapterCosts)
    app.connect("html-page-context", write_footer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
