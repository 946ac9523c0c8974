"""Copy the browser files that pages and tests need out of the npm packages."""

import shutil
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "_vendor"
FOR_PAGES = {
    "mathjax": [
        "es5/tex-chtml-full.js",
        "es5/output/chtml/fonts/woff-v2/*.woff",
        "LICENSE",
    ],
}
FOR_TESTS = {"axe-core": ["axe.min.js", "LICENSE"]}


def copy_files(files: dict, modules: Path, target: Path) -> None:
    """Fill `target` with the listed files, one folder a package."""
    shutil.rmtree(target, ignore_errors=True)
    for package, patterns in files.items():
        for pattern in patterns:
            sources = sorted((modules / package).glob(pattern))
            if not sources:
                raise SystemExit(f"{package} has no {pattern}")
            for source in sources:
                copy = target / source.relative_to(modules)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)


if __name__ == "__main__":
    modules = VENDOR / "node_modules"
    copy_files(FOR_PAGES, modules, VENDOR / "static" / "npm")
    copy_files(FOR_TESTS, modules, VENDOR / "tests" / "npm")
