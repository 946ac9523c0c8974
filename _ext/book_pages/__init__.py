"""Sphinx extension: what the book's pages load, show and offer.

All JavaScript comes from the book's own folders, so that reading it makes no request
to another host.
"""

import sys
from pathlib import Path

import numpy as np
from docutils import nodes
from myst_nb.core.render import WIDGET_VIEW_MIMETYPE
from myst_nb.sphinx_ import SelectMimeType
from myst_parser.sphinx_ext.myst_refs import MystReferenceResolver
from PIL import Image
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from pixembed.widgets import explorer, lab

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENDOR = ROOT / "_vendor" / "static"

TEMPLATES = str(HERE / "templates")
STATIC_PATHS = [str(VENDOR), str(HERE / "static")]
MATHJAX = "npm/mathjax/es5/tex-chtml-full.js"
WIDGET_STYLES = "pixembed/widgets.css"
WIDGET_SCRIPTS = ("pixembed/widgets.js", "book_pages/widgets.js")
#: What is said below what stands for a widget, by its MIME type.
NO_JAVASCRIPT = {
    "image/png": "Without JavaScript this picture stands still.",
    "text/html": "Without JavaScript nothing checks your answer.",
}
#: What keeps screen readers from a page's parts, and what stands there instead.
MENDED = {
    ' aria-label="Toggle hidden content"': "",
    'role="doc-biblioentry"': 'role="listitem"',
}


def use_local_files(app, config):
    config.templates_path.insert(0, TEMPLATES)
    config.html_static_path += STATIC_PATHS
    config.mathjax_path = MATHJAX
    config.nb_ipywidgets_js = {
        script: {"loading_method": "defer"} for script in WIDGET_SCRIPTS
    }


def use_one_search_field(app, config):
    """Keep the sidebar's field; the theme would add a bar with a second one."""
    config.html_theme_options["navbar_persistent"] = []


def drop_dead_buttons(app, config):
    """Colab opens GitHub addresses only; with any other the theme's build fails."""
    from tools.notebooks import GITHUB, public_address, repository

    options = config.html_theme_options
    address = public_address(options.get("repository_url"))
    if address.startswith(GITHUB):
        options["repository_url"] = address
        options["repository_branch"] = repository()[1]
        options["use_edit_page_button"] = True
    else:
        options["repository_url"] = ""
        options["launch_buttons"] = {}


def mend_body(app, page, template, context, doctree):
    for found, instead in MENDED.items():
        if "body" in context:
            context["body"] = context["body"].replace(found, instead)


def write_atomically(path, text):
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def write_widget_files(app):
    """Write what draws the widgets, which Jupyter gets from the package itself."""
    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / "pixembed"
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "widgets.js", explorer.page_script())
        write_atomically(folder / "widgets.css", explorer.styles())
        write_atomically(folder / "lab_data.js", lab.data_script())


class KeepStill(SphinxPostTransform):
    """Keep a widget's picture, or a question's text, in front of it, and say so.

    It is an output of its own, just before the widget; or, a picture, it lies in the
    widget's output, where myst-nb would drop it.
    """

    default_priority = SelectMimeType.default_priority - 1
    formats = ("html",)

    def run(self):
        for bundle in list(self.document.findall(nodes.container)):
            parts = parts_of(bundle)
            if WIDGET_VIEW_MIMETYPE in parts:
                self.keep(bundle, parts)

    def keep(self, bundle, parts):
        place = bundle.parent.index(bundle)
        before = bundle.parent[place - 1] if place else None
        kind, found = "image/png", parts.get("image/png")
        if found is None and is_still(before):
            ((kind, found),) = parts_of(before).items()
            bundle.parent.remove(before)
        if found is not None:
            words = f"<noscript><p>{NO_JAVASCRIPT[kind]}</p></noscript>"
            still = nodes.container("", *found, classes=["widget-static"])
            still += nodes.raw("", words, format="html")
            parts[WIDGET_VIEW_MIMETYPE].insert(0, still)


class MendFigures(SphinxPostTransform):
    """Let a figure be opened in its own size, and tell drawings from pictures.

    Sphinx links what has a width. In the dark theme a drawing, dark lines on white, is
    turned into its negative; of a digit that would be another picture.
    """

    default_priority = SelectMimeType.default_priority + 1
    formats = ("html",)

    def run(self):
        for image in self.document.findall(nodes.image):
            path = Path(self.app.srcdir) / image["uri"]
            if path.suffix == ".png" and path.is_file():
                grey = np.asarray(Image.open(path).convert("L"))
                image["width"] = f"{grey.shape[1]}px"
                image["classes"].append("drawing" if is_drawing(grey) else "picture")


def is_drawing(grey):
    """Return whether an image, uint8 (height, width), is dark lines on white."""
    white, black = (grey > 240).mean(), (grey < 40).mean()
    return bool(white > 0.7 and black < 0.025)


class LinkToASetting(SphinxPostTransform):
    """Let a link such as `lab.ipynb#kind=none` open the lab in that setting.

    Behind # stands no place in the page; MyST would look for one.
    """

    default_priority = MystReferenceResolver.default_priority - 1
    formats = ("html",)

    def run(self):
        for link in list(self.document.findall(addnodes.pending_xref)):
            setting = link.get("reftargetid") or ""
            if setting.startswith("kind="):
                names = self.env.docname, link["reftarget"]
                page = self.app.builder.get_relative_uri(*names)
                options = {"refuri": f"{page}#{setting}", "internal": True}
                link.replace_self(nodes.reference("", "", *link.children, **options))


def is_still(node):
    """Return whether an output is a picture alone, or the text of a question."""
    kinds = set(parts_of(node))
    if kinds == {"text/html"}:
        return "question-still" in node.astext()
    return kinds == {"image/png"}


def parts_of(node):
    """Return the parts of an output by mime type; none of anything else."""
    if isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle":
        return {part["mime_type"]: part for part in node}
    return {}


def setup(app):
    sys.path.insert(0, str(ROOT))  # for tools
    for listener in (use_local_files, use_one_search_field, drop_dead_buttons):
        app.connect("config-inited", listener)
    app.connect("builder-inited", write_widget_files)
    app.connect("html-page-context", mend_body)
    app.add_css_file(WIDGET_STYLES)
    app.add_post_transform(KeepStill)
    app.add_post_transform(LinkToASetting)
    app.add_post_transform(MendFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
