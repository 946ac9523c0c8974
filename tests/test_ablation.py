"""The ablation: every combination of the factors, once."""

from dataclasses import replace

import numpy as np
import pytest

from pixembed import ablation, networks, paper, recipes, training

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
    found = ablation.factorial(profile)
    assert len(found) == 5 * 5 + 1
    assert found.pop("plain") == recipes.recipe_for("plain", profile)
    assert {name.split("-")[0] for name in found} == set(ablation.CODINGS)
    for name, recipe in found.items():
        coding, statistics = name.split("-")
        assert recipe == ablation.recipe(coding, statistics, profile)
        front_end, options = ablation.CODINGS[coding]
        assert recipe.front_end == front_end
        assert options.items() <= recipe.options.items()


@pytest.mark.parametrize(
    ("statistics", "in_training", "in_testing"),
    [
        ("range", "range", None),
        ("train", "train", None),
        ("image", "image", None),
        ("batch", "batch", None),
        ("test", "batch", "test"),
    ],
)
def test_where_the_statistics_come_from(statistics, in_training, in_testing):
    recipe = ablation.recipe("trained", statistics, "full")
    assert (recipe.options["statistics"], recipe.test_statistics) == (
        in_training,
        in_testing,
    )


@PROFILES
def test_what_is_tested_differently_only_is_trained_once(profile, digits):
    def trainings(*names):
        found = ablation.factorial(profile)
        return [training.identity(found[name], digits, 0) for name in names]

    batch, test, train = trainings("raw-batch", "raw-test", "raw-train")
    assert batch == test != train


@pytest.mark.parametrize("arm", ["standardised", "pixel_embedding"])
def test_the_papers_arms_are_corners(arm):
    recipe = ablation.factorial("full")[ablation.PAPER_ARMS[arm]]
    assert replace(recipe, arm=arm) == recipes.TEXT[arm]
    fast = ablation.factorial("fast")[ablation.PAPER_ARMS[arm]]
    if arm == "pixel_embedding":
        fast = fast.with_options(width=64)
    assert replace(fast, arm=arm) == recipes.recipe_for(arm, "fast")


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
        number = int(number)
        if what == "images":
            every = {"fast": 4000, "full": 60_000}[profile]
            changes = {"images": number, "epochs": base.epochs * every // number}
            assert recipe == (base if number == every else replace(base, **changes))
        else:
            changes = {what: number} | ({"limit": number} if what == "scale" else {})
            assert recipe == base.with_options(**changes), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("one-hot", "train", "fast"), "^coding must be one of .*Received: 'one-hot'$"),
        (("raw", "none", "fast"), "^statistics must be one of .*Received: 'none'$"),
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
