"""Keras with its backend: what runs, and what of it decides the numbers."""

import os
import platform
import re
import sys
from pathlib import Path

from pixembed.cores import THREADS

try:
    import keras
except ImportError as error:
    raise ImportError(
        f"Keras cannot be imported ({error}). It needs TensorFlow, JAX or PyTorch: run "
        f"{sys.executable} -m pip install tensorflow, or set the environment variable "
        "KERAS_BACKEND to jax or torch where one of these is installed"
    ) from error

#: The backends of Keras that can train.
TRAINS = ("tensorflow", "jax", "torch")


def check_trains() -> None:
    """Refuses settings under which a training is none, shortened, or crawls.

    Raises:
        ValueError: if Keras's backend is NumPy, say; if Keras is told to end every
            training early; or if the dtype policy is `"mixed_float16"` on a CPU.
    """
    backend = keras.backend.backend()
    if backend not in TRAINS:
        raise ValueError(
            f"Keras's backend must be one of {list(TRAINS)} to train: set the "
            f"environment variable KERAS_BACKEND. Received: {backend!r}"
        )
    for limit in ("max_epochs", "max_steps_per_epoch"):
        if (value := getattr(keras.config, limit, lambda: None)()) is not None:
            raise ValueError(
                f"keras.config.{limit}, or the environment variable KERAS_"
                f"{limit.upper()}, must not be set: it ends a training early, and its "
                f"counts would be taken for those of a whole one. Received: {value}"
            )
    if keras.config.dtype_policy().name == "mixed_float16" and not accelerators():
        raise ValueError(
            "mixed_float16 needs a GPU: CPUs compute in it hundreds of times slower. "
            "Use float32, or mixed_bfloat16 where the processor has such instructions"
        )


def onednn() -> str:
    """Returns whether TensorFlow computes with oneDNN, which decides last digits.

    Returns:
        `"on"`, `"off"`, `"default"` where TensorFlow decides by the processor, or
        `"-"` on another backend.
    """
    if keras.backend.backend() != "tensorflow":
        return "-"
    wish = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "").lower()
    return {"1": "on", "true": "on", "0": "off", "false": "off"}.get(wish, "default")


def threads() -> str:
    """Returns how many threads TensorFlow computes with, which decides last digits.

    Returns:
        str, a number, or `"-"` on another backend.
    """
    if keras.backend.backend() != "tensorflow":
        return "-"
    import tensorflow as tf

    wish = tf.config.threading.get_intra_op_parallelism_threads()
    return str(wish or int(os.environ.get(THREADS[0]) or 0) or os.cpu_count())


def device() -> str:
    """Returns the device that trains, in words, with Keras's version and backend."""
    return f"device: {processor()}, Keras {version()}"


def version() -> str:
    """Returns Keras's version and its backend."""
    return f"{keras.__version__} on {keras.backend.backend()}"


def processor() -> str:
    """Returns the names of the GPUs or TPUs that Keras's backend sees, else the CPU's.

    A CPU's name ends in its widest vector instructions: they decide last digits.

    On PyTorch it is always the CPU's.
    """
    return ", ".join(accelerators()) or f"{_cpu()} ({os.cpu_count()} cores)"


def accelerators() -> list[str]:
    """Returns the names of the GPUs or TPUs that Keras's backend sees, a list."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return [
            tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")
            for gpu in tf.config.list_physical_devices("GPU")
        ]
    if backend == "jax":
        import jax

        return [d.device_kind for d in jax.devices() if d.platform != "cpu"]
    if backend == "torch":
        import torch

        return [
            torch.cuda.get_device_name(number)
            for number in range(torch.cuda.device_count())
        ]
    return []


#: Vector instructions as Linux lists them, the widest first.
_VECTORS = ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx512f", "avx2", "avx")


def _cpu():
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return f"CPU {platform.processor() or platform.machine()}"
    name = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = text.split()
    widest = next((one for one in _VECTORS if one in flags), "")
    return " ".join(["CPU", name[1].strip() if name else platform.machine(), widest])
