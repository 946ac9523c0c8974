"""The command line: `python -m pixembed reproduce` and `python -m pixembed list`."""

import argparse
import os
import sys
from collections import defaultdict

from pixembed import paper


def main(arguments=None):
    """Runs one command; returns the exit status.

    Args:
        arguments: list of str, None for those of the process.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as error:
        print(f"pixembed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pixembed: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m pixembed", description=main.__doc__
    )
    commands = parser.add_subparsers(required=True, metavar="reproduce | list")
    run = commands.add_parser("reproduce", help="train, add noise, count right answers")
    run.set_defaults(run=_reproduce)
    run.add_argument("--recipe", choices=["fast", "text", "code"], default="fast")
    run.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0..N-1")
    run.add_argument("--arms", nargs="+", choices=paper.ARMS, default=paper.ARMS)
    run.add_argument("--out", default="results.csv", metavar="FILE")
    show = commands.add_parser("list", help="show what a results file holds")
    show.set_defaults(run=_list)
    show.add_argument("file", nargs="?", default="results.csv")
    return parser


def _reproduce(options):
    from pixembed.reproduction import reproduce

    if options.seeds < 1:
        raise ValueError(f"--seeds must be at least 1. Received: {options.seeds}")
    reproduce(options.recipe, range(options.seeds), options.out, arms=options.arms)


def _list(options):
    from pixembed import results

    stored = results.read(options.file)
    seeds = defaultdict(list)
    for result in stored:
        seeds[result.recipe, result.arm, result.overflow].append(result.seed)
    for group, found in seeds.items():
        print(f"{', '.join(group)}: {len(set(found))} seeds, {len(found)} counts")


if __name__ == "__main__":
    sys.exit(main())
