"""Tables of vectors, one row a token, as widgets take and store them."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed.widgets import checks


def checked_tables(
    tables: Any, used: NDArray[np.integer]
) -> dict[str, NDArray[np.float16]]:
    """Returns the rows in use of each table, in half precision.

    Args:
        tables: what was given.
        used: integers, the tokens in use.
    """
    if not isinstance(tables, Mapping):
        raise TypeError(
            "tables must be a dict from name to table. "
            f"Received: {checks.described(tables)}"
        )
    arrays = {name: np.asarray(table) for name, table in tables.items()}
    shapes = {array.shape for array in arrays.values()}
    shape = next(iter(shapes), ())
    if len(shapes) != 1 or len(shape) != 2 or 0 in shape:
        raise ValueError(
            "tables must hold one or more arrays of one shape (rows, width), neither "
            f"of them 0. Received: {[array.shape for array in arrays.values()]}"
        )
    rounded = {}
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            raise ValueError(
                f"tables[{name!r}] must hold finite floats. Received: "
                f"{checks.described(array)}"
            )
        with np.errstate(over="ignore"):
            rounded[name] = array.astype("<f2")
        infinite = array[~np.isfinite(rounded[name])]
        if infinite.size:
            raise ValueError(
                f"tables[{name!r}] must hold finite floats, at most 65504 in size. "
                f"Received: {infinite[0]}"
            )
        if used[-1] >= len(array):
            raise ValueError(
                f"tokens must be rows of the tables, 0 to {len(array) - 1}. "
                f"Received: {used[-1]}"
            )
    return {name: array[used] for name, array in rounded.items()}


def encoded(vectors: NDArray[np.floating]) -> str:
    """Returns vectors in half precision as base64."""
    return base64.b64encode(vectors.astype("<f2").tobytes()).decode()


def decoded(text: str, count: int) -> NDArray[np.float64]:
    """Returns `count` vectors that were encoded, float64 (count, width)."""
    stored = np.frombuffer(base64.b64decode(text), "<f2")
    return stored.astype(float).reshape(count, -1)
