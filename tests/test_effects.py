"""The factorial analysis, against numbers worked out by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pixembed import ablation, effects, paper
from tests import test_results

FIRST = replace(test_results.FIRST, recipe="ablation", overflow="wrap", correct=1)

#: By hand: the mean is 60, the coding makes ±15, the overflow ±5 and both together ±10.
CELLS = {
    ("wrap", "raw"): 40 + 10,
    ("wrap", "trained"): 90 - 10,
    ("clip", "raw"): 50 - 20,
    ("clip", "trained"): 60 + 20,
}


def small(shifts=(0,)):
    """A 2×2 factorial in per cent, each seed shifted as a whole."""
    lines = [
        (overflow, "train", coding, seed, (accuracy + shift) / 100)
        for seed, shift in enumerate(shifts)
        for (overflow, coding), accuracy in CELLS.items()
    ]
    return pd.DataFrame(lines, columns=[*effects.FACTORS, "seed", "accuracy"])


def test_effects_by_hand():
    table = small()
    trained = effects.effect(table, "coding", "trained", "raw")
    assert trained.mean == pytest.approx((30 + 50) / 200)
    assert (trained.low, trained.high, trained.seeds) == (None, None, 1)
    under_wrap = effects.effect(table, "coding", "trained", "raw", overflow="wrap")
    assert under_wrap.mean == pytest.approx(0.30)
    both = effects.interaction(
        table, ("coding", "trained", "raw"), ("overflow", "wrap", "clip")
    )
    assert both.mean == pytest.approx(-0.20)


def test_a_shift_of_a_whole_seed_is_no_uncertainty_of_an_effect():
    table = small(shifts=(0, 3, -4))
    found = effects.effect(table, "coding", "trained", "raw")
    assert (found.low, found.high) == pytest.approx((0.4, 0.4))
    assert found.seeds == 3


def test_an_interval_is_that_of_the_differences_within_each_seed():
    table = small(shifts=(0, 0, 0))
    raw = table["coding"] == "raw"
    table.loc[raw & (table["seed"] == 1), "accuracy"] -= 0.06
    found = effects.effect(table, "coding", "trained", "raw")
    by_hand = stats.t.interval(0.95, 2, 0.42, stats.sem([0.40, 0.46, 0.40]))
    assert (found.low, found.high) == pytest.approx(by_hand)


def test_the_variation_by_hand(monkeypatch):
    table = small(shifts=(-1, 1))
    monkeypatch.setattr(effects, "FACTORS", ("overflow", "coding"))
    shares = effects.variation(table)
    # Squares a cell: 5² of the overflow, 20² of the coding, 5² of both, 1 of the seed.
    squares = {"overflow": 25, "coding": 400, "overflow:coding": 25, "seed": 1}
    assert shares.sum() == pytest.approx(1)
    assert shares["remainder"] == pytest.approx(0, abs=1e-9)
    for name, square in squares.items():
        assert shares[name] == pytest.approx(square / 451)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: effects.effect(t, "coding", "random", "raw"), "coding .*'random'"),
        (lambda t: effects.cells(t, "none"), "overflow has no level 'none'"),
        (effects.variation, "needs two seeds"),
    ],
)
def test_what_the_table_does_not_hold_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(small())


def stored(seeds, cases=ablation.NOISY_CASES):
    """Counts that tell overflow, coding, case and seed."""
    return [
        replace(
            FIRST,
            arm=f"{coding}-{statistics}",
            seed=seed,
            overflow=overflow,
            case=case.key,
            correct=30 * (overflow == "clip") + 10 * code + number + seed,
        )
        for seed in seeds
        for (code, coding), statistics, overflow in product(
            enumerate(ablation.CODINGS), ablation.STATISTICS, ("wrap", "clip")
        )
        for number, case in enumerate(cases)
    ]


def test_the_frame_has_a_line_for_each_network_and_overflow():
    counts = [*stored([0, 1]), replace(FIRST, case=paper.CLEAN.key)]
    table = effects.frame(counts, ablation.NOISY_CASES)
    assert list(table) == [*effects.FACTORS, "seed", "accuracy"]
    assert len(table) == 2 * 25 * 2
    row = table.query("coding == 'random' and overflow == 'clip' and seed == 1")
    np.testing.assert_allclose(row["accuracy"], (30 + 30 + 4 + 1) / 100)
    assert set(row["statistics"]) == set(ablation.STATISTICS)


def test_the_cells_are_means_over_seeds_in_the_order_of_the_factors():
    table = effects.frame(stored([0, 1]), ablation.NOISY_CASES)
    found = effects.cells(table, "clip")
    assert list(found.index) == list(ablation.CODINGS)
    assert list(found.columns) == list(ablation.STATISTICS)
    assert (found.loc["raw"] < found.loc["trained"]).all()
    np.testing.assert_allclose(found.loc["random"], (30 + 30 + 4 + 0.5) / 100)


def test_counts_of_another_coding_change_nothing():
    others = [
        replace(found, arm=found.arm.replace("raw", "thermometer"), correct=7)
        for found in stored([0, 1])
        if found.arm.startswith("raw")
    ]
    for partial in (False, True):
        found, expected = (
            effects.frame(counts, ablation.NOISY_CASES, partial=partial)
            for counts in (others + stored([0, 1]), stored([0, 1]))
        )
        pd.testing.assert_frame_equal(found, expected)


def test_the_levels_are_those_of_the_ablation(monkeypatch):
    monkeypatch.setattr(ablation, "CODINGS", ("raw", "trained"))
    monkeypatch.setattr(ablation, "STATISTICS", ("image", "train"))
    table = effects.frame(stored([0]), ablation.NOISY_CASES)
    assert len(table) == 2 * 2 * 2
    found = effects.cells(table, "wrap")
    assert found.shape == (2, 2) and list(found.columns) == ["image", "train"]


@pytest.mark.parametrize("partial", [False, True])
def test_two_networks_of_one_combination_are_refused(partial):
    later = [replace(found, epochs=12) for found in stored([0])[:9]]
    with pytest.raises(ValueError, match="two networks of one combination"):
        effects.frame(stored([0]) + later, ablation.NOISY_CASES, partial=partial)


def test_only_whole_seeds_count():
    table = effects.frame([*stored([0, 1])[:-9], *stored([2])], ablation.NOISY_CASES)
    assert set(table["seed"]) == {0, 2}
    with pytest.raises(ValueError, match="no seed has every combination"):
        effects.frame(stored([0])[:-9], ablation.NOISY_CASES)


def test_cells_that_no_network_has_are_empty():
    lacking = stored([0])[:-9]
    table = effects.frame(lacking, ablation.NOISY_CASES, partial=True)
    found = effects.cells(table, "clip")
    assert np.isnan(found.loc["trained", "test"])
    assert found.notna().sum().sum() == 24
    assert effects.cells(table, "wrap").notna().all(axis=None)


def swept():
    """Widths 2 and 10 from two seeds, and one arm after 3 and 12 epochs."""
    lines = [("width-10", 6, 80), ("width-2", 6, 50)]
    lines += [("trained-train", 12, 85), ("trained-train", 3, 80)]
    return [
        replace(FIRST, arm=arm, epochs=epochs, seed=seed, correct=right + seed * epochs)
        for arm, epochs, right in lines
        for seed in (0, 1)
    ]


def test_a_sweep_is_in_the_order_of_its_values():
    widths = effects.sweep(swept(), "width")
    assert list(widths) == [2, 10]
    assert [result.correct for result in widths[2]] == [50, 56]
    assert list(effects.sweep(swept(), "trained-train")) == [3, 12]
    for name in ("limit", "trained"):
        with pytest.raises(ValueError, match=f"no arm belongs to the sweep '{name}'"):
            effects.sweep(swept(), name)


def test_last_minus_first_by_hand():
    widths = effects.last_minus_first(swept(), "width", [paper.CLEAN], "wrap")
    assert (widths.mean, widths.seeds) == (pytest.approx(0.30), 2)
    epochs = effects.last_minus_first(swept(), "trained-train", [paper.CLEAN], "wrap")
    assert epochs.mean == pytest.approx((0.05 + 0.14) / 2)
