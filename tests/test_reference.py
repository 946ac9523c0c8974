"""The pages of the package: one a module, readable without Keras, and linked."""

import subprocess
import sys

import pytest
from docutils import nodes

import package_reference as reference
from tools.notebooks import ROOT

FOLDER = ROOT / "reference"
PUBLIC = sorted(
    f"pixembed.{path.stem if path.is_file() else path.name}"
    for path in (ROOT / "pixembed").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
    if not path.name.startswith("_")
)
INDEX = (FOLDER / "index.md").read_text("utf-8")


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_module_has_a_page_and_stands_in_the_index(module):
    page = FOLDER / f"{module.replace('.', '_')}.md"
    assert f".. automodule:: {module}\n" in page.read_text("utf-8")
    assert f"   {module}\n" in INDEX


def test_every_page_is_of_a_module_that_is_here():
    for page in FOLDER.glob("pixembed_*.md"):
        (module,) = [
            line.split()[-1]
            for line in page.read_text("utf-8").splitlines()
            if line.startswith(".. automodule::")
        ]
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_layers_are_read_without_keras():
    code = """
import inspect, sys
import package_reference
sys.modules.pop("keras", None)
package_reference.use_no_keras(None)
from pixembed import layers, networks, training
print(list(inspect.signature(layers.PixelEmbedding).parameters)[:3])
print(inspect.isfunction(layers.PixelEmbedding.tokens), "tensorflow" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / '_ext'}"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [
        "['width', 'scale', 'limit']",
        "True False",
    ], done.stderr


def rewritten(docstring, what="function"):
    lines = docstring.splitlines()
    reference.as_restructured_text(None, what, "f", None, None, lines)
    return "\n".join(lines)


def test_docstrings_become_restructured_text():
    text = rewritten("Does it.\n\nArgs:\n    one, two: `Case`s (n, *shape).\n")
    assert ":param one: ``Case``\\ s (n, \\*shape)." in text
    assert ":param two: ``Case``" in text
    assert rewritten("A span of\n`two\nlines`.") == "A span of\n``two\nlines``."
    assert rewritten("Input: one.\nOutput: two.") == "Input: one.\n\nOutput: two."
    assert rewritten("No code: `a\n\nb` here.") == "No code: `a\n\nb` here."
    assert rewritten("The names: those known.", "data") == "The names: those known."


def test_names_lead_to_one_object_only():
    full = ["pixembed.noise.gaussian", "pixembed.layers.Quantize", "pixembed.a.NAMES"]
    names = reference.known_names([*full, "pixembed.b.Quantize"])
    assert names["noise.gaussian"] == names[full[0]] == full[0]
    assert "gaussian" not in names and "Quantize" not in names and "NAMES" not in names
    assert reference.known_names(full)["Quantize"] == full[1]


def test_code_in_headings_and_links_stays_as_it_is():
    code = nodes.literal("", "noise.gaussian")
    for place, may in (
        (nodes.paragraph, True),
        (nodes.title, False),
        (nodes.reference, False),
    ):
        place("", "", code)
        assert reference.can_be_link(code) == may
