"""The usual remedies: one change of one recipe each."""

import json
from dataclasses import fields, replace

import keras
import numpy as np
import pytest

from pixembed import evaluation, experiments, noise, paper, recipes, remedies, training

PROFILES = pytest.mark.parametrize("profile", ["fast", "full"])
ARMS = [*remedies.TOLD]


def changes(one, other):
    """The settings in which two recipes differ, but for the arm."""
    names = {field.name for field in fields(recipes.Recipe)} - {"arm"}
    return {name for name in names if getattr(one, name) != getattr(other, name)}


@PROFILES
def test_every_remedy_is_one_change_of_the_standardised_number(profile):
    found = remedies.recipes(profile)
    base = found.pop("standardised")
    assert [base.arm, *found] == ARMS
    assert (base.front_end, base.options) == ("number", {"statistics": "train"})
    for arm, recipe in found.items():
        assert recipe.arm == arm
        one = {"noise", "noise_overflow"} if recipe.noise else {"front_end", "options"}
        assert changes(recipe, base) and changes(recipe, base) <= one


@PROFILES
def test_one_of_them_is_the_recipe_of_neighbour_distances(profile):
    ours = recipes.neighbours_for(profile)
    assert remedies.recipes(profile)["neighbours"] == ours


@PROFILES
def test_no_two_remedies_are_one_training(profile):
    settings = [json.dumps(one.settings) for one in remedies.recipes(profile).values()]
    assert len(set(settings)) == len(settings)


def test_filters_standardise_by_the_training_images():
    for arm in ("median", "low-rank", "autoencoder"):
        assert remedies.recipes("full")[arm].options["statistics"] == "train"


def test_what_is_tested_is_in_no_noise_but_the_ceilings():
    tested = {*paper.NOISY_CASES}
    for arm, recipe in remedies.recipes("full").items():
        seen = {*recipe.noise} & tested
        assert seen == (tested if arm.startswith("own-noise") else set())
    assert not {*remedies.MIXTURE} & tested
    kinds = {case.kind for case in remedies.MIXTURE}
    assert kinds == {case.kind for case in (noise.CLEAN, *tested)}


def test_the_autoencoder_learns_from_the_mixture():
    found = remedies.recipes("full")["autoencoder"].options
    assert found["cases"] == [case.key for case in remedies.MIXTURE]
    assert found["overflow"] == remedies.recipes("full")["mixture-clip"].noise_overflow


def test_what_was_told_ends_a_sentence():
    for told in remedies.TOLD.values():
        assert told and not told.endswith(".") and len(told) <= 60


@pytest.mark.parametrize(("end", "profile"), [("-fast", "fast"), ("", "full")])
def test_they_are_an_experiment_under_the_papers_cases(end, profile):
    experiment = experiments.EXPERIMENTS[f"remedies{end}"]
    assert experiment.recipes == remedies.recipes(profile)
    assert experiment.cases == (paper.CLEAN, *paper.NOISY_CASES)
    assert experiment.images is experiments.EXPERIMENTS[f"ablation{end}"].images


def test_every_remedy_has_a_cost():
    found = remedies.costs()
    assert [*found] == ARMS
    assert found["standardised"] == 1
    # Its own training is half of the network's or more.
    assert found["autoencoder"] > 1.5
    assert found["neighbours"] < 1.5 < 2 < found["pixel_embedding"]


def test_some_of_them_are_tried_on_fashion():
    found = experiments.EXPERIMENTS["fashion"].recipes
    every = remedies.recipes("full")
    assert "neighbours" in found
    assert found == {arm: replace(every[arm], images=12_000) for arm in found}


@pytest.mark.parametrize("arm", ARMS)
def test_every_remedy_trains_is_stored_and_is_asked(arm, digits, tmp_path):
    recipe = replace(remedies.recipes("fast")[arm], epochs=1)
    if arm == "autoencoder":
        recipe = recipe.with_options(passes=1, filters=2)
    train = digits.rows(slice(64))
    model, history = training.fit(
        recipe, train, seed=0, checkpoint=tmp_path, progress=False
    )
    assert np.isfinite(history[0]["loss"])
    loaded = keras.models.load_model(tmp_path / "model.keras")
    asked = digits.images[64:], digits.labels[64:], noise.gaussian(25, 5)
    options = {"seed": 0, "overflow": "wrap"}
    found = [evaluation.accuracy(one, *asked, **options) for one in (model, loaded)]
    assert found[0] == found[1]
    again, _ = training.fit(recipe, train, seed=0, checkpoint=tmp_path, progress=False)
    images = digits.images[64:80]
    np.testing.assert_array_equal(
        again.predict(images, verbose=0), loaded.predict(images, verbose=0)
    )
