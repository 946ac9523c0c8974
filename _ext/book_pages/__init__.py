"""Sphinx extension: what the book's pages load and which buttons they carry.

All JavaScript comes from the book's own folders, so that reading it makes no request
to another host.
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent.parent / "_vendor" / "static"

STATIC_PATHS = [str(VENDOR), str(HERE / "static")]
MATHJAX = "npm/mathjax/es5/tex-chtml-full.js"
WIDGET_SCRIPTS = {
    "book_pages/before_widgets.js": {},
    "npm/requirejs/require.js": {},
    "npm/@jupyter-widgets/html-manager/dist/embed-amd.js": {},
}


def use_local_scripts(app, config):
    config.html_static_path += STATIC_PATHS
    config.mathjax_path = MATHJAX
    config.nb_ipywidgets_js = WIDGET_SCRIPTS


def use_one_search_field(app, config):
    """Keep the sidebar's field; the theme would add a bar with a second one."""
    config.html_theme_options["navbar_persistent"] = []


def drop_dead_buttons(app, config):
    """Colab opens GitHub addresses only; with any other the theme's build fails."""
    options = config.html_theme_options
    address = options["repository_url"].rstrip("/").removesuffix(".git")
    if address.startswith("https://github.com/"):
        options["repository_url"] = address
    else:
        options["repository_url"] = ""
        options["launch_buttons"] = {}


def setup(app):
    for listener in (use_local_scripts, use_one_search_field, drop_dead_buttons):
        app.connect("config-inited", listener)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
