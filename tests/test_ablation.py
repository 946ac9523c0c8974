"""The ablation: every combination of the factors, once."""

from dataclasses import replace

import numpy as np
import pytest

from pixembed import ablation, networks, paper, training

PROFILES = pytest.mark.parametrize("profile", ["fast", "full"])


def test_the_cases_run_from_mild_to_severe():
    assert ablation.CASES[0] == paper.CLEAN
    assert [case.key for case in ablation.GAUSSIAN_CASES] == [
        "gaussian mean=1 std=1",
        "gaussian mean=10 std=2",
        "gaussian mean=50 std=10",
        "gaussian mean=100 std=10",
    ]
    assert [case.label for case in ablation.IMPULSE_CASES] == [
        "p = 0.1, v = 25",
        "p = 0.2, v = 50",
        "p = 0.5, v = 50",
        "p = 0.6, v = 100",
        "p = 0.8, v = 100",
    ]


@PROFILES
def test_the_factorial_has_every_combination(profile):
    recipes = ablation.factorial(profile)
    assert len(recipes) == 5 * 5 + 1
    assert recipes.pop("plain") == recipes.recipe_for("plain", profile)
    assert {recipe.coding for recipe in recipes.values()} == set(ablation.CODINGS)
    for name, recipe in recipes.items():
        coding, statistics = name.split("-")
        assert recipe == ablation.recipe(coding, statistics, profile)


@pytest.mark.parametrize(
    ("statistics", "in_training", "in_testing"),
    [
        ("none", "range", None),
        ("train", "train", None),
        ("image", "image", None),
        ("batch", "batch", None),
        ("test", "batch", "test"),
    ],
)
def test_where_the_statistics_come_from(statistics, in_training, in_testing):
    recipe = ablation.recipe("trained", statistics, "full")
    assert (recipe.statistics, recipe.test_statistics) == (in_training, in_testing)


@PROFILES
def test_what_is_tested_differently_only_is_trained_once(profile, digits):
    def trainings(*names):
        recipes = ablation.factorial(profile)
        return [training.identity(recipes[name], digits, 0) for name in names]

    batch, test, train = trainings("raw-batch", "raw-test", "raw-train")
    assert batch == test != train


@pytest.mark.parametrize("arm", ["standardised", "pixel_embedding"])
def test_the_papers_arms_are_corners(arm):
    recipe = ablation.factorial("full")[ablation.PAPER_ARMS[arm]]
    assert replace(recipe, arm=arm) == recipes.TEXT[arm]
    fast = ablation.factorial("fast")[ablation.PAPER_ARMS[arm]]
    assert replace(fast, arm=arm, width=64) == recipes.recipe_for(arm, "fast")


@pytest.mark.parametrize("make", [ablation.factorial, ablation.sweeps])
def test_the_profile_is_that_of_the_environment(make, monkeypatch):
    monkeypatch.setenv("PIXEMBED_PROFILE", "full")
    assert make(None) == make() == make("full") != make("fast")


@PROFILES
def test_a_sweep_changes_one_number(profile):
    bases = {
        name: ablation.recipe(name, "train", profile) for name in ("raw", "trained")
    }
    for name, recipe in ablation.sweeps(profile).items():
        *coding, what, number = name.split("-")
        base = bases[coding[0] if coding else "trained"]
        changes = {what: int(number)}
        if what == "scale":
            changes["limit"] = int(number)
        if what == "images":
            steps = base.epochs * {"fast": 4000, "full": 60_000}[profile]
            changes["epochs"] = steps / int(number)
            if changes["epochs"] == base.epochs:
                changes = {}
        assert recipe == replace(base, **changes), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("one-hot", "train", "fast"), "^coding must be one of .*Received: 'one-hot'$"),
        (("raw", "range", "fast"), "^statistics must be one of .*Received: 'range'$"),
        (("raw", "train", "slow"), "^profile must be one of .*Received: 'slow'$"),
    ],
)
def test_an_unknown_level_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        ablation.recipe(*arguments)


@pytest.mark.parametrize("statistics", ablation.STATISTICS)
def test_tokens_are_those_of_the_network(statistics, digits):
    train, noisy = digits.images[:100], 255 - digits.images[100:]
    model = networks.build(ablation.recipe("trained", statistics, "fast"), seed=0)
    if statistics == "test":
        model = networks.with_statistics(model, "train")
    networks.adapt(model, noisy if statistics == "test" else train)
    layer = model.get_layer("pixel_embedding")
    found = ablation.tokens(noisy, statistics, train)
    assert found.shape == noisy.shape
    np.testing.assert_array_equal(found[:64], layer.tokens(noisy[:64]))
    np.testing.assert_array_equal(found[64:], layer.tokens(noisy[64:]))
