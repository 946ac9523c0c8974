"""Settings that every test run shares, notebooks included."""

from pathlib import Path

from tools.environment import set_quiet_cpu

set_quiet_cpu()


def pytest_configure(config):
    nbval = config.pluginmanager.hasplugin("nbval")
    if nbval and not config.option.nbval_sanitize_with:
        sanitize = Path(__file__).parent / "chapters" / "sanitize.cfg"
        config.option.nbval_sanitize_with = str(sanitize)
