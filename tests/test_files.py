"""Files: whole or not at all, at home, held by one process."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pixembed import files


def test_a_path_may_begin_with_the_readers_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert files.path("~/some/file") == tmp_path / "some" / "file"
    assert files.path(Path("~")) == tmp_path
    assert files.path("a~b/~c") == Path("a~b/~c")


def test_two_processes_write_under_names_of_their_own(tmp_path, monkeypatch):
    file, written = tmp_path / "some.npz", []

    def write(temporary):
        written.append(temporary)
        temporary.write_text("whole")

    processes = iter([1, 2])
    monkeypatch.setattr(files.os, "getpid", lambda: next(processes))
    files.replace_file(file, write)
    files.replace_file(file, write)
    assert len(set(written)) == 2
    assert {temporary.suffix for temporary in written} == {".npz"}
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_text() == "whole"


@pytest.mark.parametrize("fails", ["writing", "renaming"])
def test_what_cannot_be_written_leaves_the_old_file_alone(fails, tmp_path, monkeypatch):
    file = tmp_path / "some.json"
    file.write_text("old")

    def no_space(*arguments):
        raise OSError(28, "No space left on device")

    def half(temporary):
        temporary.write_text("ne")
        if fails == "writing":
            no_space()

    if fails == "renaming":
        monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(OSError, match="No space left"):
        files.replace_file(file, half)
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_text() == "old"


def test_the_digest_is_that_of_the_content(tmp_path):
    file = tmp_path / "some.bin"
    file.write_bytes(b"\x00\xff" * 1000)
    assert files.sha256(file) == hashlib.sha256(b"\x00\xff" * 1000).hexdigest()
    assert files.sha256(str(file)) == files.sha256(file)


HOLD = """
import sys
from pathlib import Path
from pixembed import files
with files.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("ends", ["by itself", "killed"])
def test_a_file_is_held_by_one_process_until_it_ends(ends, tmp_path):
    file = tmp_path / "folder" / "results.csv"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, file],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(ValueError, match="is in use by another process") as caught,
            files.held(file),
        ):
            pass
        assert str(caught.value).startswith(str(file))
        other.kill() if ends == "killed" else other.stdin.close()
        other.wait()
        with files.held(file):
            assert not file.exists()


def test_a_file_is_free_again_after_an_error(tmp_path):
    file = tmp_path / "results.csv"
    with pytest.raises(ZeroDivisionError), files.held(file):
        raise ZeroDivisionError
    with files.held(file):
        pass
