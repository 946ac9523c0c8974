"""Say in one sentence why this Python cannot build the book."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def complaint():
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            "The book needs Python 3.11, 3.12 or 3.13 (TensorFlow has no wheel for "
            "others), but {} is Python {}.{}: run make with PYTHON=/path/to/python."
        ).format(sys.executable, *sys.version_info[:2])
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        return (
            "{} lacks the module {}: install it (on Debian and Ubuntu: "
            "apt install python3-venv) or run make with another PYTHON=."
        ).format(sys.executable, error.name)
    return None


if __name__ == "__main__":
    sys.exit(complaint())
