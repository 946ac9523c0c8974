"""Runs on a Ray cluster of two nodes, which these tests start here and end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pixembed import cluster, paper, recipes, reproduction, results
from pixembed.cluster import on_ray
from pixembed.data import Dataset
from pixembed.experiments import Experiment, fast
from tools.notebooks import ROOT

WITHOUT = "Ray is not installed: `make ray` adds it"


@pytest.fixture(scope="module")
def start():
    """Starts a process with children of its own; the end of the tests ends them all."""

    def start(*command, **environment):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.callback(end, process)
        return process

    with ExitStack() as started:
        yield start


def end(process):
    """Ends a process and its children, and no other, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="module")
def head(start):
    """The address of the first node, which has one core."""
    ray = pytest.importorskip("ray", reason=WITHOUT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The names of Ray's sockets have to be short.
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    begin_node(start, "--head", f"--port={port}", f"--temp-dir={folder}", name="first")
    yield f"127.0.0.1:{port}"
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


def begin_node(start, *options, name):
    """Starts a node, and returns when it says that it runs."""
    little = ["--num-cpus=1", "--object-store-memory=80000000", "--disable-usage-stats"]
    if "--head" in options:
        little.append("--include-dashboard=false")
    ray = Path(sys.executable).with_name("ray")
    node = start(ray, "start", *options, "--block", *little, NODE=name)
    said = iter(node.stdout.readline, "")
    assert any("Ray runtime started" in line for line in said), f"no node {name}"
    return node


@pytest.fixture(scope="module")
def seconds():
    """The second nodes, of which the last may live."""
    return []


@pytest.fixture
def address(head, start, seconds):
    """The address of a cluster of two nodes, with one core each."""
    if not seconds or seconds[-1].poll() is not None:
        seconds.append(begin_node(start, f"--address={head}", name="second"))
    return head


# Runs


def test_two_nodes_work_at_a_time(address, tmp_path):
    def both(name):
        (tmp_path / name).touch()
        while len([*tmp_path.iterdir()]) < 2:
            time.sleep(0.05)
        return [name, os.environ["NODE"], os.environ["TF_NUM_INTRAOP_THREADS"]]

    found = sorted(on_ray(address)(both, ["a", "b"]))
    assert [name for name, *_ in found] == ["a", "b"]
    assert sorted(node for _, node, _ in found) == ["first", "second"]
    assert {threads for *_, threads in found} == {"1"}


def test_a_killed_process_loses_nothing(address, tmp_path):
    def killed_once(name):
        if not (tmp_path / name).exists():
            (tmp_path / name).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield name

    found = [*on_ray(address)(killed_once, [*"abc"])]
    assert sorted(found) == [["a"], ["b"], ["c"]]


def test_an_error_is_the_one_that_was_raised(address, capsys):
    def refuse(name):
        raise ValueError(f"no {name}")

    with pytest.raises(ValueError, match="^no a$"):
        [*on_ray(address)(refuse, ["a"])]
    assert "more jobs than runs: 1 of 2 have nothing to do" in capsys.readouterr().out


def test_a_run_that_is_lost_every_time_ends_it(address, monkeypatch):
    def killed(name):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(cluster, "AGAIN", 1)
    with pytest.raises(ValueError, match="^a run was lost 2 times .* goes on from her"):
        [*on_ray(address)(killed, ["a"])]


def test_a_machine_with_another_version_is_named(address, monkeypatch):
    ours = {**cluster.versions(), "pixembed": "0.0.1 (abcdef01)"}
    monkeypatch.setattr(cluster, "versions", lambda: ours)
    with pytest.raises(ValueError, match=r"version: pixembed .* not 0.0.1 \(abcdef"):
        [*on_ray(address)(len, ["a"])]


def test_a_node_that_leaves_loses_nothing(address, seconds, tmp_path):
    def on_the_first(name):
        if os.environ["NODE"] == "second":
            (tmp_path / "begun").touch()
            time.sleep(600)
        while not (tmp_path / "begun").exists():
            time.sleep(0.05)
        return [name]

    def leave():
        while not (tmp_path / "begun").exists():
            time.sleep(0.05)
        end(seconds[-1])

    leaving = threading.Thread(target=leave)
    leaving.start()
    found = [*on_ray(address)(on_the_first, [*"abc"])]
    leaving.join()
    assert sorted(found) == [["a"], ["b"], ["c"]]


# A reproduction

CHILD = """
import sys
from pixembed.__main__ import main
from pixembed.experiments import EXPERIMENTS
from tests.test_cluster import few
EXPERIMENTS["fast"] = few
sys.exit(main(sys.argv[1:]))
"""


def few_images():
    """Real digits, so few that a network is trained in a second."""
    sample = fast()[1]
    some = Dataset("few", sample.images[:128], sample.labels[:128])
    return some, some


few = Experiment(
    "fast",
    {
        "plain": replace(recipes.TEXT["plain"], epochs=2),
        "pixel_embedding": replace(
            recipes.TEXT["pixel_embedding"].with_options(width=2), epochs=2
        ),
    },
    few_images,
    (paper.CLEAN, paper.gaussian(25, 5)),
)


@pytest.mark.slow
def test_counts_are_those_of_one_process_though_a_worker_is_killed(
    address, start, tmp_path
):
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    options = ["--ray", address, "--out", there]
    child = start(sys.executable, "-c", CHILD, "reproduce", *options)
    killed, said = None, []
    for line in child.stdout:
        said.append(line)
        found = re.search(r"pid=(\d+).*epoch 1/", line)
        if found and not killed:
            killed = int(found[1])
            os.kill(killed, signal.SIGKILL)
    assert child.wait() == 0 and killed, said
    reproduction.reproduce(few, [0], here)
    counts, expected = (
        {result.key: result.correct for result in results.read(file)}
        for file in (there, here)
    )
    assert counts.keys() == expected.keys()
    assert len(results.read(there)) == len(expected) == 8
    assert all(abs(counts[key] - n) <= 4 for key, n in expected.items())
    assert {result.threads for result in results.read(there)} == {"1"}


# Refusals


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("auto", "address must be host:port .* Received: 'auto'"),
        ("ray://head:10001", "address must be host:port"),
        ("127.0.0.1:99999", "no Ray cluster answers at 127.0.0.1:99999"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1: .*refused"),
    ],
)
def test_an_address_that_does_not_answer_is_one_sentence(address, words):
    pytest.importorskip("ray", reason=WITHOUT)
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        on_ray(address)
    assert "\n" not in str(caught.value)


def test_an_address_is_a_text():
    with pytest.raises(TypeError, match="address must be host:port .* Received: 6379"):
        on_ray(6379)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 505 Not supported\r\n\r\n"])
def test_what_answers_and_is_no_cluster_is_refused_at_once(answer, monkeypatch):
    pytest.importorskip("ray", reason=WITHOUT)
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as other:

        def reply():
            line, _ = other.accept()
            with line:
                line.recv(100)
                line.sendall(answer) if answer else time.sleep(0.4)

        replying = threading.Thread(target=reply)
        replying.start()
        with pytest.raises(ValueError, match="no Ray cluster answers at .*(gRPC|out)"):
            on_ray(f"127.0.0.1:{other.getsockname()[1]}")
        replying.join()


def test_what_ray_refuses_is_one_sentence():
    def init(**_):
        raise RuntimeError("Version mismatch:\n  Ray: 2.9\n  Python: 3.10")

    with pytest.raises(ValueError, match="at a:1: Version mismatch: Ray: 2.9 Python"):
        cluster._connect(SimpleNamespace(init=init), "a:1")


def test_without_ray_it_is_said_how_to_add_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"pip install 'pixembed\[ray\]', or `make"):
        on_ray("127.0.0.1:6379")


def test_a_process_with_other_images_counts_nothing(tmp_path):
    one, other = few_images()[0], few_images()[0]
    asked = [("plain", few.recipes["plain"], few.cases[:1])]
    moved = replace(few, images=lambda: (one, other))
    (run,) = reproduction.plan(moved, asked, [0], tmp_path / "out.csv", "1")
    fewer = Dataset("fewer", one.images[:64], one.labels[:64])
    with pytest.raises(ValueError, match="^fast needs the images .* PIXEMBED_DATA"):
        next(
            reproduction.count(
                replace(run, experiment=replace(few, images=lambda: (fewer, other)))
            )
        )
