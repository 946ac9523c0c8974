"""The environment in which notebooks are executed and checked."""

import os

QUIET_CPU = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
#: Chromium without a window, without a word to anybody.
QUIET_BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def set_quiet_cpu() -> None:
    """Give kernels a quiet, steady CPU run; what the caller has set stays."""
    for name, value in QUIET_CPU.items():
        os.environ.setdefault(name, value)
