"""Run notebooks, on Linux, and write down what each takes; the notebooks stay."""

import argparse
import json
import os
import platform
import re
import time
from datetime import date
from pathlib import Path

from tools.environment import set_quiet_cpu
from tools.notebooks import ROOT, chapter_files, read, write_atomically
from tools.refresh import client_for

FILE = ROOT / "chapters" / "measured.json"


def measured(path: Path) -> dict:
    """What running the notebook takes.

    Returns:
        dict: `seconds` on the clock, `processor_seconds` on all cores together,
        `memory` in GB, the largest, `machine`, and `date`.
    """
    found = {"machine": machine(), "date": date.today().isoformat()}

    def look(cell, cell_index, execute_reply):
        found.update(used_by(client.km.provisioner.pid))

    client = client_for(read(path), path.parent)
    # The kernel is gone when the notebook is complete.
    client.on_cell_executed = look
    start = time.perf_counter()
    client.execute()
    return {"seconds": round(time.perf_counter() - start), **found}


def used_by(pid: int) -> dict:
    """Processor time in seconds and largest memory in GB of a running process."""
    folder = Path("/proc") / str(pid)
    times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    largest = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())[1]
    return {
        "processor_seconds": round(sum(map(int, times)) / os.sysconf("SC_CLK_TCK")),
        "memory": round(int(largest) / 1e6, 1),
    }


def machine() -> str:
    """The processor and its cores, in words."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    cores = len(os.sched_getaffinity(0))
    return f"{name[1] if name else platform.machine()} ({cores} cores)"


def stored() -> dict:
    """What is written down, by the chapter's name."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all")
    set_quiet_cpu()
    for path in parser.parse_args().notebooks or chapter_files():
        print(f"{path.name} ...", flush=True)
        found = {**stored(), path.stem: measured(path)}
        names = [one.stem for one in chapter_files() if one.stem in found]
        text = json.dumps({name: found[name] for name in names}, indent=1)
        write_atomically(FILE, text + "\n")


if __name__ == "__main__":
    main()
