"""Files: where they are, written whole or not at all, held by one process."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def path(given: str | os.PathLike[str]) -> Path:
    """Returns a path that a user gave, with `~` expanded as a shell would.

    Args:
        given: str or path.

    Returns:
        `pathlib.Path`.

    Raises:
        ValueError: if `~` stands for no user's home.
    """
    try:
        return Path(given).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{given!r} names no folder: {error}") from error


def replace_file(file: Path, write: Callable[[Path], Any]) -> None:
    """Writes a file whole or not at all.

    It is written under a temporary name that no other process uses, and renamed. A
    killed run leaves at most the temporary file, whose name begins with `unfinished-`.

    Args:
        file: `Path`.
        write: function of the temporary `Path`, which has the file's suffix.
    """
    temporary = file.with_name(f"unfinished-{os.getpid()}-{file.name}")
    try:
        write(temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(file: str | os.PathLike[str]) -> str:
    """Returns the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Holds a file for this process alone.

    The lock is on an empty file beside it, whose name is that of the file and `.lock`.
    The system frees the lock of a process that ends, however it ends.

    Args:
        file: `Path`; its folder is made if it is missing.

    Raises:
        ValueError: if another process holds it.
    """
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ValueError(
            f"{file} is in use by another process: give another file"
        ) from error
    try:
        yield
    finally:
        lock.release()
