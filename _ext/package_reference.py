"""Sphinx extension: the pages of the package, and links to them from everywhere.

Autodoc imports the package, and a book is built where Keras is not installed.
"""

import re
import sys
from types import SimpleNamespace

from docutils import nodes
from sphinx.ext.autodoc.mock import _MockModule
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

PACKAGE = "pixembed."
SECTIONS = Config(napoleon_use_ivar=True, napoleon_use_rtype=False)
#: What has no sections: a colon in its sentence is a colon.
ONE_SENTENCE = {"attribute", "data", "property"}
#: Code in single backticks, as our docstrings write it, within a paragraph.
SPAN = re.compile(r"(?<![`:\w])`((?:[^`\n]|\n(?!\s*\n))+)`(?!`)")
#: What stands in a paragraph of its own.
APART = re.compile(r"\n(?=(?:Output|Reference): )")
#: The star of `(batch, *shape)`, which is no emphasis.
STAR = re.compile(r"(?<!\w)\*(?=[\w.]+[\[),])")
#: A dotted name, with whatever a call has in its brackets.
NAME = re.compile(r"((?:\w+\.)*\w+)(?:\(.*\))?", re.DOTALL)


class Docstring(GoogleDocstring):
    """Google's sections, in which several names may share one line."""

    def _consume_fields(self, *arguments, **options):
        return super()._consume_fields(*arguments, **{**options, "multiple": True})


class Layer:
    """What our layers extend where Keras is not installed."""


def use_no_keras(app):
    """Let the package import a stand-in, which leaves our layers as they are.

    Autodoc's own would hide their methods and their arguments.
    """
    keras = _MockModule("keras")
    keras.layers = _MockModule("keras.layers")
    keras.layers.Layer = keras.layers.Embedding = Layer
    keras.saving = SimpleNamespace(
        register_keras_serializable=lambda **options: lambda decorated: decorated
    )
    sys.modules.setdefault("keras", keras)


def as_restructured_text(app, what, name, obj, options, lines):
    """Rewrite a docstring's sections, and its code, which has single backticks."""
    if what not in ONE_SENTENCE:
        apart = APART.sub("\n\n", "\n".join(lines)).split("\n")
        lines[:] = Docstring(apart, SECTIONS, app, what, name, obj).lines()
    text = STAR.sub(r"\\*", "\n".join(lines))
    lines[:] = SPAN.sub(code, text).split("\n")


def code(found):
    """Return reStructuredText's code; a letter may follow behind a backslash only."""
    letter = found.string[found.end() :][:1].isalnum()
    return f"``{found[1]}``" + "\\ " * letter


def known_names(objects):
    """All documented objects by the names that texts call them by.

    Args:
        objects: iterable of their full names, such as `pixembed.noise.gaussian`.

    Returns:
        dict from name to full name: with and without the package's own; classes by
        their mere name too. A name for two objects is left out.
    """
    names, twice = {}, set()
    for full in objects:
        called = {full, full.removeprefix(PACKAGE)}
        last = full.rpartition(".")[2]
        if last[0].isupper() and not last.isupper():
            called.add(last)
        for name in called:
            if names.setdefault(name, full) != full:
                twice.add(name)
    return {name: full for name, full in names.items() if name not in twice}


class LinkCode(SphinxPostTransform):
    """Make a link of the first mention of each documented object in a page."""

    default_priority = 5

    def run(self):
        objects = self.env.get_domain("py").objects
        named = known_names(name for name in objects if name.startswith(PACKAGE))
        seen = set()
        for literal in list(self.document.findall(nodes.literal)):
            found = NAME.fullmatch(literal.astext())
            full = named.get(found[1]) if found else None
            if full and full not in seen and can_be_link(literal):
                seen.add(full)
                entry = objects[full]
                if entry.docname != self.env.docname or self.is_apart(literal, entry):
                    self.link(literal, full, entry)

    def is_apart(self, literal, entry):
        """Return whether a mention stands outside of what it names."""
        node = literal.parent
        while node is not None:
            if entry.node_id in node.get("ids", []):
                return False
            node = node.parent
        return True

    def link(self, literal, full, entry):
        link = make_refnode(
            self.app.builder,
            self.env.docname,
            entry.docname,
            entry.node_id,
            literal.deepcopy(),
            full,
        )
        literal.replace_self(link)


def can_be_link(node):
    """Return whether a node stands in a text, and in no link or heading."""
    while node is not None:
        if isinstance(node, nodes.reference | nodes.title | nodes.raw):
            return False
        if "desc_signature" in type(node).__name__:
            return False
        node = node.parent
    return True


def setup(app):
    app.connect("builder-inited", use_no_keras)
    app.connect("autodoc-process-docstring", as_restructured_text)
    app.add_post_transform(LinkCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
