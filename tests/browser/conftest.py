"""Chromium for the tests in this folder.

Without it they are skipped, or fail where PIXEMBED_BROWSER is "required".
"""

import functools
import http.server
import json
import os
import shutil
import threading
from contextlib import contextmanager

import pytest
from ipywidgets.embed import embed_data
from selenium import webdriver

from pixembed.widgets.explorer import page_script, styles
from tools.environment import QUIET_BROWSER
from tools.notebooks import ROOT, WIDGET_STATE, WIDGET_VIEW

RUNTIME = ROOT / "_ext" / "book_pages" / "static" / "book_pages" / "widgets.js"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="widgets.css">
<script type="{kind}">{state}</script>
{views}
<script src="widgets.js"></script>
<script>
  window.views = [];
  let asked = 0;
  for (const [name, render] of Object.entries(pixembedWidgets)) {{
    pixembedWidgets[name] = async ({{ model, el }}) => {{
      el.id = `view-${{asked++}}`;
      views.push({{ model, el, leave: await render({{ model, el }}) }});
    }};
  }}
</script>
<script src="runtime.js"></script></html>
"""
VIEW = """<div class="widget-static"><p>A picture.</p></div>
<script type="{kind}">{view}</script>
"""
WIDTHS = "return [document.documentElement.scrollWidth, innerWidth]"
AXE = ROOT / "_vendor" / "tests" / "npm" / "axe-core" / "axe.min.js"
VIOLATIONS = """
const [theme, done] = arguments;
document.documentElement.dataset.theme = theme;
axe.run({ resultTypes: ["violations"] }).then(({ violations }) => {
  const grave = violations.filter(({ impact }) => /serious|critical/.test(impact));
  done(grave.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)));
});
"""
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serve(folder):
    """Serves a folder on this machine; yields its address."""
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def write_page(folder, data, script, styles=""):
    """Writes a page that draws widgets as the book does.

    `data` is what `ipywidgets.embed.embed_data` returns; `script` defines
    `pixembedWidgets`. The page's `views` holds model, el and leave of each view
    that was drawn; the elements are `#view-0`, `#view-1` and so on.
    """

    def to_json(value):
        return json.dumps(value).replace("</", "<\\/")

    views = (
        VIEW.format(kind=WIDGET_VIEW, view=to_json(view)) for view in data["view_specs"]
    )
    page = PAGE.format(
        kind=WIDGET_STATE, state=to_json(data["manager_state"]), views="".join(views)
    )
    files = {"index.html": page, "widgets.js": script, "widgets.css": styles}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(RUNTIME, folder / "runtime.js")


@contextmanager
def serve_widgets(folder, widgets):
    """Serves a page for each widget, by name; yields their address."""
    for name, widget in widgets.items():
        (folder / name).mkdir()
        data = embed_data([widget], drop_defaults=False)
        write_page(folder / name, data, page_script(), styles())
    with serve(folder) as address:
        yield address


def find(page, selector):
    """What the selector finds first in the first view of a page."""
    return page.find_element("css selector", f"#view-0 {selector}")


def errors(browser):
    """What the browser's console has said of errors since the last call."""
    return [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def violations(browser, theme):
    """What axe finds grave in the page, in the light or the dark theme."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return browser.execute_async_script(VIOLATIONS, theme)


@contextmanager
def window(browser, width, scale=1):
    """A window of some width."""
    size = {"width": width, "height": 900, "deviceScaleFactor": scale, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def widths(browser, width, scale=1):
    """How wide a page is in a window of some width, and how wide that window is."""
    with window(browser, width, scale):
        return browser.execute_script(WIDTHS)


def leave(reason):
    """Skips the test, or fails it where a browser is required."""
    required = os.environ.get("PIXEMBED_BROWSER") == "required"
    (pytest.fail if required else pytest.skip)(reason)


@contextmanager
def no_proxy():
    """Keeps what runs on this machine from being asked for through a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "localhost,127.0.0.1")
        yield


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not (CHROMIUM and DRIVER):
        leave("needs chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in QUIET_BROWSER:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    with no_proxy():
        service = webdriver.ChromeService(DRIVER)
        browser = webdriver.Chrome(options=options, service=service)
        browser.implicitly_wait(10)
        yield browser
        browser.quit()


@pytest.fixture
def page(browser, address, request):
    """A page of a folder that the test module serves at `address`, once it is drawn.

    That is when there is what the module calls `DRAWN`, or else a canvas.
    """
    name = getattr(request, "param", "index")
    browser.get(f"{address}/{name}/index.html")
    browser.find_element("css selector", getattr(request.module, "DRAWN", "canvas"))
    yield browser
    assert errors(browser) == []
