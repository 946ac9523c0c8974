"""Every benchmark in one run and one table.

`make bench` prints the table, and `python -m benchmarks FILE` writes it as well, a
group at a time; groups that the file holds already are not measured again, and groups
that are named behind it are measured alone. The file that ships with the book is
`pixembed/reference/costs/speed.csv`.
"""

import datetime
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from statistics import median

from benchmarks import growth, layers, networks, noise, runs
from pixembed import costs
from pixembed.backend import processor
from pixembed.checks import check_choice
from pixembed.cores import one_thread
from pixembed.costs import Cost

#: Each yields (name, at, images, unit, what each round took); the first is what the
#: others are compared with.
GROUPS = {
    "peaks": growth.peaks,
    **noise.groups(),
    "answers": networks.answers,
    "training": networks.training_steps,
    **layers.groups(),
    "vocabulary": growth.by_vocabulary,
    "width": growth.by_width,
    "side": growth.by_side,
    "batch": growth.by_batch,
    "cases": growth.by_cases,
    "table": runs.table,
    "memory": runs.memory,
    "jobs": runs.jobs,
}

PACKAGES = ("numpy", "tensorflow", "keras", "scikit-image", "torch")


def main(file: str | None = None, *only: str) -> None:
    """Measures all groups, prints them and writes them to the file, if there is one."""
    for group in only:
        check_choice("group", group, GROUPS)
    found = costs.read(file) if file and Path(file).exists() else []
    print(f"{machine()}\n{versions()}\nmedian (least to most), and its ratio")
    for group in only or GROUPS:
        own = [cost for cost in found if cost.group == group]
        if not own:
            with one_thread():
                own = [made(group, *one) for one in GROUPS[group]()]
            found += own
            if file:
                costs.write(file, found)
        print(table(own), flush=True)


def made(group, name, at, images, unit, rounds):
    middle = median(rounds), min(rounds), max(rounds)
    made_by = machine(), versions(), datetime.date.today().isoformat()
    return Cost(group, name, at, images, len(rounds), *middle, unit, *made_by)


def machine():
    """What measured: its processor, and that one thread was used."""
    return f"{processor()}, {platform.system()}, one thread"


def versions():
    """Of Python and of the packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def table(found):
    """The lines of a group; each size has a comparison of its own."""
    lines = [f"\n{found[0].group}"]
    for _, same in groupby(found, key=lambda cost: cost.at):
        first, *others = same
        lines += [line(cost, first) for cost in (first, *others)]
    return "\n".join(lines)


def line(cost, first):
    """The name, median and spread, and how many times as much as the first."""
    factor = 1000 if cost.unit == "s" else 1
    unit = "ms" if cost.unit == "s" else cost.unit
    middle, least, most = (factor * n for n in (cost.median, cost.least, cost.most))
    name = f"{cost.name}, {cost.at:,.0f}" if cost.at else cost.name
    spread = f"{middle:,.4g} ({least:,.4g} to {most:,.4g}) {unit}"
    alike = cost.unit == first.unit
    ratio = f"{cost.median / first.median:.2f}" if alike else ""
    return f"  {name:<34}{spread:>44}{ratio:>8}"


if __name__ == "__main__":
    main(*sys.argv[1:])
