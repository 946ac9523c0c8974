"""Copy the browser files that the pages need out of the installed npm packages."""

import shutil
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "_vendor"
FILES = {
    "requirejs": ["require.js", "package.json"],
    "@jupyter-widgets/html-manager": [
        "dist/embed-amd.js",
        "dist/embed.js.LICENSE.txt",
        "dist/*.woff2",
        "LICENSE",
    ],
    "anywidget": ["dist/index.js", "LICENSE"],
    "mathjax": [
        "es5/tex-chtml-full.js",
        "es5/output/chtml/fonts/woff-v2/*.woff",
        "LICENSE",
    ],
}


def copy_files(modules: Path, target: Path) -> None:
    """Fill `target` with the listed files, one folder a package."""
    shutil.rmtree(target, ignore_errors=True)
    for package, patterns in FILES.items():
        for pattern in patterns:
            sources = sorted((modules / package).glob(pattern))
            if not sources:
                raise SystemExit(f"{package} has no {pattern}")
            for source in sources:
                copy = target / source.relative_to(modules)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)


if __name__ == "__main__":
    copy_files(VENDOR / "node_modules", VENDOR / "static" / "npm")
