"""Write the table of results into the README, from the counts that the book ships."""

import re

import numpy as np

from pixembed import paper, plots, results
from pixembed.statistics import pool, summarise
from tools.notebooks import ROOT, write_atomically

README = ROOT / "README.md"
MARKED = re.compile(r"(<!-- results -->\n).*?(<!-- /results -->)", re.DOTALL)
HEAD = ("network", "noise", "printed", "ours", "networks", "command")
GAUSSIAN, IMPULSES = paper.TABLE_3[1:], paper.TABLE_4[1:]
#: Network, arm, recipe, what is asked, and the paper's rows, if it has them.
ROWS = (
    ("plain", "plain", "code", "Table 3", GAUSSIAN),
    ("pixel embedding", "pixel_embedding", "code", "Table 3", GAUSSIAN),
    ("standardised", "standardised", "code", "Table 5", paper.TABLE_5[1:]),
    ("plain", "plain", "code", "Table 4", IMPULSES),
    ("pixel embedding", "pixel_embedding", "code", "Table 4", IMPULSES),
    ("neighbour distances", "neighbours", "neighbours", "Tables 3 and 4", None),
)


def line(network, arm, recipe, noise, rows) -> list[str]:
    """One row: the paper's mean over its cases, and ours with its interval."""
    cases = [row.case for row in rows] if rows else paper.NOISY_CASES
    found = summarise(pool(results.read(recipe), cases), arm=arm, overflow="wrap")
    printed = np.mean([paper.printed(row, arm) for row in rows or ()]) if rows else None
    return [
        network,
        f"{noise}, {len(cases)} cases",
        f"{printed:.1f}" if rows else "–",
        plots.over_seeds(found),
        str(found.seeds),
        f"`pixembed reproduce --recipe {recipe}`",
    ]


def table() -> str:
    """The whole table as Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(line(*row) for row in ROWS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def stamp(text: str) -> str:
    """Put the table between the README's markers."""
    return MARKED.sub(lambda found: found[1] + table() + found[2], text)


if __name__ == "__main__":
    write_atomically(README, stamp(README.read_text(encoding="utf-8")))
