"""The command line: `python -m pixembed reproduce`, `attack` and `list`."""

import _thread
import argparse
import io
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import contextmanager
from statistics import mean

from pixembed import files, paper
from pixembed.checks import check_choice, check_integer
from pixembed.cluster import on_ray
from pixembed.cores import on_cores, one_thread
from pixembed.experiments import EXPERIMENTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status.

    Args:
        arguments: list of str, None for those of the process.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        with _no_interrupt_lost():
            options.run(options)
    except (ImportError, OSError, ValueError) as error:
        print(f"pixembed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pixembed: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


@contextmanager
def _no_interrupt_lost():
    """Ctrl-C counts even where Python ignores exceptions, as in a finaliser."""
    hook = sys.unraisablehook

    def interrupt_again(ignored):
        if ignored.exc_type is KeyboardInterrupt:
            threading.Timer(0.1, _thread.interrupt_main).start()
        else:
            hook(ignored)

    sys.unraisablehook = interrupt_again
    try:
        yield
    finally:
        sys.unraisablehook = hook


def _parser():
    parser = argparse.ArgumentParser(
        prog="pixembed", description="Train, add noise, count right answers."
    )
    commands = parser.add_subparsers(required=True, metavar="reproduce | attack | list")
    run = commands.add_parser("reproduce", help="train, add noise, count right answers")
    run.set_defaults(run=_reproduce)
    run.add_argument("--table", default="all", help="3, 4, 5 or all")
    run.add_argument("--recipe", default="fast", help="fast, text, code, ablation, ...")
    run.add_argument("--seeds", type=int, default=1, metavar="N", help="how many")
    run.add_argument(
        "--first", type=int, default=0, metavar="SEED", help="the first of the seeds"
    )
    run.add_argument("--arms", nargs="+", metavar="ARM", help="only these")
    run.add_argument(
        "--epochs",
        nargs="+",
        type=int,
        metavar="N",
        help="count after each of these epochs instead of the recipe's last",
    )
    run.add_argument(
        "--precision",
        choices=["float32", "mixed_bfloat16"],
        default="float32",
        help="mixed_bfloat16 is faster where the processor has such instructions",
    )
    run.add_argument(
        "--onednn",
        choices=["on", "off"],
        default="on",
        help="whether TensorFlow computes with oneDNN; every results file says which",
    )
    where = run.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="networks at a time, each on one core",
    )
    where.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="host:port of a Ray cluster, for a network on each of its cores",
    )
    run.add_argument("--out", default="results.csv", metavar="FILE")
    attack = commands.add_parser("attack", help="attack the networks of the package")
    attack.set_defaults(run=_attack)
    attack.add_argument("--networks", nargs="+", metavar="NAME", help="only these")
    attack.add_argument("--images", type=int, default=100, metavar="N", help="how many")
    attack.add_argument("--out", default="attacks.csv", metavar="FILE")
    show = commands.add_parser("list", help="show what a results file holds")
    show.set_defaults(run=_list)
    show.add_argument("file", nargs="?", default="results.csv")
    return parser


def _reproduce(options):
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1" if options.onednn == "on" else "0"
    check_integer("--seeds", options.seeds, 1)
    check_choice("--recipe", options.recipe, EXPERIMENTS)
    with one_thread():
        from pixembed.backend import keras
        from pixembed.reproduction import reproduce

        keras.config.set_dtype_policy(options.precision)
        reproduce(
            options.recipe,
            range(options.first, options.first + options.seeds),
            options.out,
            table=options.table,
            arms=options.arms,
            epochs=options.epochs,
            map=on_ray(options.ray) if options.ray else on_cores(options.jobs),
        )


def _attack(options):
    with one_thread():
        from pixembed.attacks.counts import attack_all

        attack_all(options.out, images=options.images, names=options.networks)


def _list(options):
    from pixembed import results

    file = files.path(options.file)
    empty = file.is_file() and file.stat().st_size == 0
    stored = [] if empty else results.read(options.file)
    if not stored:
        print(f"{options.file} holds no results yet")
        return
    groups = defaultdict(list)
    for result in stored:
        groups[result.recipe, result.arm, result.overflow, result.epochs].append(result)
    print(_row("recipe", "arm", "overflow", "epochs", "seeds", "counts", "right"))
    for group, found in groups.items():
        seeds = len({result.seed for result in found})
        print(_row(*group, seeds, len(found), _right_under_noise(found)))
    print("right: mean over the noisy cases, the one without noise left out")


def _row(recipe, arm, overflow, epochs, seeds, counts, right):
    return (
        f"{recipe:<13}  {arm:<19}  {overflow:<8}  "
        f"{epochs:>6}  {seeds:>5}  {counts:>6}  {right:>6}"
    )


def _right_under_noise(found):
    shares = [
        result.correct / result.total
        for result in found
        if result.case != paper.CLEAN.key
    ]
    return f"{mean(shares):.1%}" if shares else "-"


if __name__ == "__main__":
    sys.exit(main())
