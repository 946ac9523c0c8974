"""The steps towards the chosen words, and the noises that they were asked under."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from pixembed import choices, data, networks, paper, training
from pixembed.experiments import EXPERIMENTS
from pixembed.recipes import NEIGHBOURS


@pytest.mark.parametrize("profile", ["fast", "full"])
def test_each_arm_is_the_chosen_recipe_but_for_what_it_says(profile):
    recipes = choices.recipes(profile)
    chosen = NEIGHBOURS["neighbours"].options
    assert recipes["chosen"].options == chosen
    for arm, change in choices.CHANGES.items():
        assert recipes[arm].arm == arm
        differing = {n for n, v in recipes[arm].options.items() if v != chosen[n]}
        assert differing == set(change)
    assert len({str(one.settings) for one in recipes.values()}) == len(recipes)


def test_no_noise_is_the_papers():
    assert not {*choices.OTHER_CASES} & {*paper.NOISY_CASES}
    assert len({*choices.OTHER_CASES}) == 16


@pytest.mark.parametrize("end", ["-fast", ""])
def test_the_experiment_is_asked_under_them(end):
    experiment = EXPERIMENTS[f"choices{end}"]
    assert experiment.cases == (paper.CLEAN, *choices.OTHER_CASES)
    assert set(experiment.recipes) == set(choices.CHANGES)


@pytest.mark.parametrize("arm", choices.CHANGES)
def test_every_arm_can_be_built_and_answers(arm):
    model = networks.build(choices.recipes("fast")[arm], seed=0)
    answers = model.predict(data.load_sample().images[:3], verbose=0)
    assert answers.shape == (3, 10) and np.isfinite(answers).all()


def test_a_resumed_training_spoils_the_same_words(tmp_path):
    recipe = choices.recipes("fast")["chosen"]
    images = training.first(data.load_sample(), 96)
    whole, _ = training.fit(_epochs(recipe, 2), images, seed=0, progress=False)
    quiet = {"seed": 0, "progress": False, "checkpoint": tmp_path}
    training.fit(_epochs(recipe, 1), images, **quiet)
    resumed, _ = training.fit(_epochs(recipe, 2), images, **quiet)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_learning_rate_falls_after_each_epoch():
    recipe = choices.recipes("fast")["chosen"]
    images = training.first(data.load_sample(), 96)
    model, _ = training.fit(_epochs(recipe, 2), images, seed=0, progress=False)
    rate = keras.ops.convert_to_numpy(model.optimizer.learning_rate)
    assert rate == pytest.approx(0.001 * 0.7**2)


def _epochs(recipe, epochs):
    return replace(recipe, epochs=epochs)
