"""Runs on many machines: one thread each, as many at a time as a Ray cluster has cores.

Ray starts the processes, looks after them, and begins a run again elsewhere if its
process or its machine is lost. It goes on from its checkpoint, where it finds one.
"""

import hashlib
import importlib.metadata
import os
import platform
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixembed
from pixembed.cores import THREADS, say_idle

#: Seconds that an address has to answer in.
PATIENCE = 5

#: How often a run is begun again after the loss of a process or a machine.
AGAIN = 10

#: What of this process's environment decides the numbers of the others.
SETTINGS = ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS")

#: Ray reads it when it is imported: every line of every process counts, and no advice.
_WORDS = {"RAY_DEDUP_LOGS": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

#: How two sides of HTTP/2, which gRPC speaks, begin (RFC 9113, section 3.4).
_SETTINGS_FRAME = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS_FRAME

_TAKES = "host:port of a cluster's head, as `ray start --head` prints it"


def on_ray(address: str) -> Callable[..., Iterator[Any]]:
    """Returns a map that works on a Ray cluster, with one core for each run.

    This process has to be on a machine of the cluster; only it collects. All machines
    need this package in the same version, and the data. A network stays on the machine
    that trained it, at the same path, unless they share a disk.

    Args:
        address: str, `host:port` of the cluster's head.

    Returns:
        function of a function and of runs, as `pixembed.reproduction.reproduce` takes
        it. It yields what the function yields of each run, as a list, in the order in
        which they end.

    Raises:
        ImportError: if Ray is not installed.
        TypeError, ValueError: if `address` is none, if it does not answer, or if a
            machine of the cluster has another version of Python, Ray, Keras or this
            package; while it works, if a run was lost too often.
    """
    if not isinstance(address, str):
        raise TypeError(f"address must be {_TAKES}. Received: {address!r}")
    if not (found := re.fullmatch(r"([\w.-]+):(\d{1,5})", address)):
        raise ValueError(f"address must be {_TAKES}. Received: {address!r}")
    for name, value in _WORDS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "Ray is not installed: pip install 'pixembed[ray]', or `make ray`"
        ) from error
    _check_answers(address, found[1], int(found[2]))

    def map_on_ray(function, runs):
        if not runs:
            return
        _connect(ray, address)
        try:
            say_idle(int(ray.cluster_resources().get("CPU", 0)), runs)
            work = ray.remote(num_cpus=1, max_retries=AGAIN)(_worker())
            given = _settings(), (ours := versions())
            packed = [ray.cloudpickle.dumps((function, run)) for run in runs]
            pending = [work.remote(*given, one) for one in packed]
            while pending:
                (done,), pending = ray.wait(pending)
                yield _result(ray, done, ours)
        finally:
            ray.shutdown()

    map_on_ray.threads = "1"
    return map_on_ray


def versions() -> dict[str, str]:
    """Returns what has to be the same on all machines.

    Returns:
        dict from name to version; `"pixembed"` has a digest of the package's code, too.
    """
    folder = Path(pixembed.__file__).parent
    code = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        code.update(file.read_bytes())
    return {
        "Python": platform.python_version(),
        "pixembed": f"{pixembed.__version__} ({code.hexdigest()[:8]})",
        **{name: importlib.metadata.version(name) for name in ("ray", "keras")},
    }


def _worker():
    """What runs elsewhere. Ray sends its code along, as it is defined in a function."""

    def work(settings, wanted, packed):
        import os
        import pickle

        os.environ.update(settings)
        try:
            from pixembed.cluster import versions

            found = versions()
        except ImportError as error:
            found = dict.fromkeys(wanted, f"none ({error})")
        others = {name: found[name] for name in wanted if found[name] != wanted[name]}
        if others:
            return others
        function, run = pickle.loads(packed)
        return [*function(run)]

    return work


def _check_answers(address, host, port):
    """Ray itself would wait for minutes, so its own protocol is greeted first."""
    try:
        with socket.create_connection((host, port), PATIENCE) as line:
            line.sendall(_HELLO)
            answer = line.recv(len(_SETTINGS_FRAME))
    except (OSError, OverflowError) as error:
        raise ValueError(f"no Ray cluster answers at {address}: {error}") from error
    if answer[3:4] != _SETTINGS_FRAME[3:4]:
        raise ValueError(f"no Ray cluster answers at {address}: it speaks no gRPC")


def _connect(ray, address):
    """Ray says in many lines what is wrong; here they are one."""
    try:
        ray.init(address=address, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        words = " ".join(str(error).split())
        raise ValueError(f"no Ray cluster can be used at {address}: {words}") from error


def _settings():
    """PyTorch, JAX and TensorFlow read these when they start."""
    known = {name: os.environ[name] for name in SETTINGS if name in os.environ}
    return {**known, **dict.fromkeys(THREADS, "1")}


def _result(ray, done, ours):
    try:
        found = ray.get(done)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise ValueError(
            f"a run was lost {AGAIN + 1} times with its process or machine; the same "
            "command goes on from here"
        ) from error
    if isinstance(found, dict):
        other = ", ".join(f"{name} {found[name]} not {ours[name]}" for name in found)
        raise ValueError(f"a machine of the cluster has another version: {other}")
    return found
