"""Recipes: the paper's, the code's, the book's, and what no recipe may be."""

import json
import math
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from pixembed import noise, paper, recipes
from pixembed.recipes import Recipe

PLAIN = recipes.TEXT["plain"]
EMBEDDED = recipes.TEXT["pixel_embedding"]
SETS = {
    "text": recipes.TEXT,
    "code": recipes.CODE,
    "code slow": recipes.CODE_SLOW,
    "code png": recipes.CODE_PNG,
    "code adam": recipes.CODE_ADAM,
}

every_arm = pytest.mark.parametrize("arm", paper.ARMS)

# The paper's and the released code's


@pytest.mark.parametrize("name", SETS)
def test_there_is_one_recipe_an_arm(name):
    of_arm = SETS[name]
    assert tuple(of_arm) == paper.ARMS
    assert [recipe.arm for recipe in of_arm.values()] == list(paper.ARMS)
    assert {recipe.batch_size for recipe in of_arm.values()} == {64}
    assert [recipe.front_end for recipe in of_arm.values()] == [
        "number",
        "number",
        "pixel_embedding",
    ]
    options = of_arm["pixel_embedding"].options
    assert (options["width"], options["scale"]) == (64, 1000)


@every_arm
@pytest.mark.parametrize(
    ("name", "network", "optimizer", "learning_rate", "epochs", "jpeg"),
    [
        ("text", "table1", "adam", 0.0001, 10, False),
        ("code", "released", "adadelta", 0.1, 10, True),
    ],
)
def test_the_recipes_settings(
    name, network, optimizer, learning_rate, epochs, jpeg, arm
):
    recipe = SETS[name][arm]
    assert (recipe.network, recipe.optimizer) == (network, optimizer)
    assert (recipe.learning_rate, recipe.epochs) == (learning_rate, epochs)
    assert (recipe.jpeg, recipe.noise) == (jpeg, ())


@every_arm
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("code slow", {"learning_rate": 0.005}),
        ("code png", {"jpeg": False}),
        ("code adam", {"optimizer": "adam", "learning_rate": 0.0001}),
    ],
)
def test_what_the_variants_of_the_released_code_change(name, changes, arm):
    assert SETS[name][arm] == replace(recipes.CODE[arm], **changes)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (recipes.TEXT["plain"], (None, None)),
        (recipes.TEXT["standardised"], ("train", None)),
        (recipes.TEXT["pixel_embedding"], ("train", None)),
        (recipes.CODE["plain"], (None, None)),
        (recipes.CODE["standardised"], ("batch", "test")),
        (recipes.CODE["pixel_embedding"], ("batch", "test")),
    ],
)
def test_which_statistics_a_recipe_takes(recipe, expected):
    assert (recipe.options["statistics"], recipe.test_statistics) == expected


def test_the_clip_of_the_released_code_makes_one_token_more_than_table_2_prints():
    assert paper.TABLE_2["Length of the embedding dictionary"] == 2000
    assert 2 * recipes.CODE["pixel_embedding"].options["limit"] + 1 == 2001


def test_the_text_recipes_follow_table_2():
    assert {
        "Length of the embedding dictionary": 2 * EMBEDDED.options["limit"],
        "Optimization algorithm": EMBEDDED.optimizer.capitalize(),
        "Integer to multiply": EMBEDDED.options["scale"],
        "Embedding size": EMBEDDED.options["width"],
        "Learning rate": EMBEDDED.learning_rate,
        "Batch size": EMBEDDED.batch_size,
    } == paper.TABLE_2


# The book's


@every_arm
def test_the_full_recipe_is_the_papers(arm, monkeypatch):
    assert recipes.recipe_for(arm, "full") == recipes.TEXT[arm]
    monkeypatch.setenv("PIXEMBED_PROFILE", "full")
    assert recipes.recipe_for(arm) == recipes.TEXT[arm]


@every_arm
def test_the_fast_recipe_has_fewer_epochs_and_larger_steps(arm, monkeypatch):
    fast = recipes.recipe_for(arm, "fast")
    assert (fast.epochs, fast.learning_rate) == (6, pytest.approx(0.001))
    text = recipes.TEXT[arm]
    same = {"epochs": text.epochs, "learning_rate": text.learning_rate}
    assert replace(fast, **same) == text
    monkeypatch.delenv("PIXEMBED_PROFILE", raising=False)
    assert recipes.recipe_for(arm) == fast


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet",), "^arm must be one of .* Received: 'resnet'$"),
        ((None,), "^arm must be one of .* Received: None$"),
        (("plain", "slow"), "^profile must be one of .* Received: 'slow'$"),
    ],
)
def test_an_unknown_arm_or_profile_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        recipes.recipe_for(*arguments)


# What a recipe is


@pytest.mark.parametrize("recipe", [PLAIN, EMBEDDED], ids=["plain", "embedded"])
def test_a_recipe_cannot_be_changed(recipe):
    for field in fields(recipe):
        with pytest.raises(FrozenInstanceError):
            setattr(recipe, field.name, None)


def test_options_that_are_not_given_are_filled_in():
    recipe = Recipe("mine", "pixel_embedding", {"width": 3})
    assert recipe.options == {
        "statistics": "train",
        "scale": 1000,
        "limit": 1000,
        "width": 3,
        "trainable": True,
    }
    assert recipe == replace(EMBEDDED, arm="mine").with_options(width=3)
    assert Recipe("mine", "number").options == {"statistics": None}


def test_other_options_leave_the_first_recipe_alone():
    wide = EMBEDDED.with_options(width=128)
    assert (wide.options["width"], EMBEDDED.options["width"]) == (128, 64)
    assert wide.with_options(width=64) == EMBEDDED


def test_the_dict_of_options_is_the_recipes_own():
    given = {"width": 3}
    recipe = Recipe("mine", "pixel_embedding", given)
    given["width"] = 4
    assert recipe.options["width"] == 3


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        (PLAIN, {"front_end": "number"}),
        (replace(PLAIN, arm="another"), {"front_end": "number"}),
        (EMBEDDED, {"front_end": "pixel_embedding"}),
        (
            EMBEDDED.with_options(width=8, limit=20),
            {"front_end": "pixel_embedding", "options": {"width": 8, "limit": 20}},
        ),
        (
            replace(PLAIN, epochs=3, noise=[noise.gaussian(25, 5), noise.CLEAN]),
            {
                "front_end": "number",
                "epochs": 3,
                "noise": ["gaussian mean=25 std=5", "none"],
            },
        ),
    ],
)
def test_settings_are_what_differs_from_the_defaults(recipe, settings):
    assert recipe.settings == settings
    assert json.loads(json.dumps(recipe.settings)) == settings


# NumPy's numbers


@pytest.mark.parametrize("name", ["epochs", "batch_size", "images"])
@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_whole_numbers_may_be_numpys(name, kind):
    recipe = replace(PLAIN, **{name: kind(7)})
    assert recipe == replace(PLAIN, **{name: 7})
    assert type(getattr(recipe, name)) is int
    assert json.dumps(recipe.settings) == json.dumps(
        replace(PLAIN, **{name: 7}).settings
    )


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("width", np.int64(8), 8),
        ("limit", np.uint16(500), 500),
        ("scale", np.int32(500), 500),
        ("scale", np.float64(500), 500),
        ("scale", 500.0, 500),
        ("scale", np.float32(0.5), 0.5),
        ("trainable", np.False_, False),
        ("statistics", np.str_("image"), "image"),
    ],
)
def test_options_may_be_numpys_and_are_written_alike(name, value, kept):
    found = EMBEDDED.with_options(**{name: value})
    same = EMBEDDED.with_options(**{name: kept})
    assert found == same
    assert json.dumps(found.settings) == json.dumps(same.settings)


def test_a_rate_and_a_flag_may_be_numpys():
    found = replace(PLAIN, learning_rate=np.float32(0.5), jpeg=np.True_)
    same = replace(PLAIN, learning_rate=0.5, jpeg=True)
    assert found == same
    assert json.dumps(found.settings) == json.dumps(same.settings)


# What no recipe may be


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"epochs": 0}, ValueError),
        ({"epochs": -1}, ValueError),
        ({"epochs": 2.0}, TypeError),
        ({"epochs": True}, TypeError),
        ({"batch_size": 0}, ValueError),
        ({"batch_size": None}, TypeError),
        ({"images": 0}, ValueError),
        ({"images": 1.5}, TypeError),
        ({"learning_rate": 0}, ValueError),
        ({"learning_rate": -0.1}, ValueError),
        ({"learning_rate": math.nan}, ValueError),
        ({"learning_rate": math.inf}, ValueError),
        ({"learning_rate": "fast"}, TypeError),
        ({"optimizer": "adamw"}, ValueError),
        ({"optimizer": None}, ValueError),
        ({"test_statistics": "train"}, ValueError),
        ({"jpeg": 1}, ValueError),
        ({"jpeg": "yes"}, ValueError),
        ({"front_end": "words"}, ValueError),
        ({"front_end": None}, ValueError),
        ({"front_end": ["number"]}, ValueError),
        ({"options": None}, TypeError),
        ({"options": [("width", 3)]}, TypeError),
        ({"noise_overflow": "saturate"}, ValueError),
        ({"noise": noise.CLEAN}, TypeError),
        ({"noise": "gaussian"}, TypeError),
        ({"noise": [("gaussian", 25, 5)]}, TypeError),
        ({"noise": None}, TypeError),
        ({"noise": 3}, TypeError),
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_refused_and_named(changes, error):
    ((name, value),) = changes.items()
    with pytest.raises(error, match=f"^{name} must .*Received: ") as caught:
        replace(PLAIN, **changes)
    assert str(caught.value).endswith(f"Received: {value!r}")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"width": 0}, ValueError),
        ({"width": 2.0}, TypeError),
        ({"limit": 0}, ValueError),
        ({"limit": 2**24 + 1}, ValueError),
        ({"limit": True}, TypeError),
        ({"scale": 0}, ValueError),
        ({"scale": -1}, ValueError),
        ({"scale": math.inf}, ValueError),
        ({"scale": "1000"}, TypeError),
        ({"statistics": "test"}, ValueError),
        ({"statistics": "none"}, ValueError),
        ({"statistics": ["train"]}, ValueError),
        ({"trainable": 1}, ValueError),
        ({"trainable": None}, ValueError),
    ],
    ids=str,
)
def test_an_option_out_of_range_is_refused_and_named(options, error):
    ((name, value),) = options.items()
    with pytest.raises(error, match=f"^{name} must .*Received: ") as caught:
        EMBEDDED.with_options(**options)
    assert str(caught.value).endswith(f"Received: {value!r}")


@pytest.mark.parametrize(
    ("front_end", "option"),
    [("number", "width"), ("pixel_embedding", "depth"), ("clipped", "trainable")],
)
def test_an_option_that_a_front_end_does_not_have_is_refused(front_end, option):
    words = f"^an option of {front_end} must be one of .*Received: '{option}'$"
    with pytest.raises(ValueError, match=words):
        Recipe("mine", front_end, {option: 1})


@pytest.mark.parametrize("make", [iter, list, tuple])
def test_noise_may_be_any_sequence_of_cases(make):
    cases = (noise.gaussian(25, 5), noise.CLEAN)
    assert replace(PLAIN, noise=make(cases)).noise == cases


def test_all_settings_spelled_out():
    recipe = Recipe("mine", "pixel_embedding", {"width": 3})
    found = recipe.spelled_out
    assert (found["arm"], found["width"], found["limit"]) == ("mine", 3, 1000)
    assert "options" not in found
    assert len(found) == len(fields(Recipe)) - 1 + len(recipe.options)


def test_the_overflow_of_no_noise_is_no_setting():
    recipe = Recipe("mine", "number", noise_overflow="wrap")
    assert "noise_overflow" not in recipe.settings
    assert replace(recipe, noise=(noise.CLEAN,)).settings["noise_overflow"] == "wrap"
