"""Sphinx extension: each term of the glossary leads back to the pages that use it."""

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode


def uses_of(env):
    """The documents that name a term, by the term in lower case."""
    if not hasattr(env, "term_uses"):
        env.term_uses = {}
    return env.term_uses


def collect(app, doctree):
    for node in doctree.findall(addnodes.pending_xref):
        if node.get("reftype") == "term":
            names = uses_of(app.env).setdefault(node["reftarget"].lower(), set())
            names.add(app.env.docname)


def forget(app, env, docname):
    for names in uses_of(env).values():
        names.discard(docname)


def merge(app, env, docnames, other):
    for term, names in uses_of(other).items():
        uses_of(env).setdefault(term, set()).update(names & set(docnames))


def glossaries(app, env):
    """A page with a glossary is written again whatever has changed."""
    return {document for _, kind, document in terms(env) if kind == "term"}


def terms(env):
    objects = env.get_domain("std").objects
    return [(name, kind, document) for (kind, name), (document, _) in objects.items()]


def add_links(app, doctree, docname):
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            *names, definition = item
            used = set()
            for name in names:
                used |= uses_of(app.env).get(name.astext().lower(), set())
            if used - {docname}:
                definition += links(app, docname, sorted(used - {docname}))


def links(app, here, there):
    line = nodes.paragraph("", "In ", classes=["term-uses"])
    for number, name in enumerate(there):
        if number:
            line += nodes.Text(", ")
        label = label_of(app.env, name)
        line += make_refnode(app.builder, here, name, None, nodes.Text(label))
    return line


def label_of(env, name):
    """A chapter by its number, as in its file's name; another page by its title."""
    number = name.rpartition("/")[2][:2]
    return f"Chapter {int(number)}" if number.isdecimal() else env.titles[name].astext()


def setup(app):
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", glossaries)
    app.connect("doctree-resolved", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
