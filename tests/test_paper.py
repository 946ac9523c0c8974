import dataclasses
from statistics import mean

import numpy as np
import pytest

from pixembed import noise, paper

# Copied from the printed paper, line by line, apart from the tables in the package:
# the noise, then accuracy without and with pixel embedding.

GAUSSIAN_AS_PRINTED = [
    ("no noise", 98.7, 97.83),
    ("μ = 1, σ = 1", 85.70, 95.94),
    ("μ = 5, σ = 1", 88.66, 88.10),
    ("μ = 10, σ = 2", 78.53, 80.18),
    ("μ = 25, σ = 5", 53.24, 67.92),
    ("μ = 50, σ = 10", 28.71, 59.89),
    ("μ = 75, σ = 15", 18.61, 40.22),
    ("μ = 100, σ = 10", 17.81, 33.52),
    ("μ = 150, σ = 10", 12.22, 18.84),
]
IMPULSE_AS_PRINTED = [
    ("no noise", 98.17, 97.83),
    ("p = 0.1, v = 25", 94.72, 96.96),
    ("p = 0.1, v = 50", 90.10, 97.07),
    ("p = 0.1, v = 100", 84.24, 96.03),
    ("p = 0.2, v = 50", 86.93, 95.28),
    ("p = 0.3, v = 50", 82.36, 91.14),
    ("p = 0.4, v = 50", 77.31, 89.59),
    ("p = 0.5, v = 50", 69.53, 78.51),
    ("p = 0.5, v = 100", 49.47, 77.75),
    ("p = 0.6, v = 50", 60.00, 81.55),
    ("p = 0.6, v = 100", 35.38, 64.12),
    ("p = 0.7, v = 50", 48.40, 71.72),
    ("p = 0.7, v = 100", 22.20, 59.09),
    ("p = 0.8, v = 100", 14.93, 47.62),
]
STANDARDISED_AS_PRINTED = [97.57, 70.25, 72.26, 54.14, 24.85, 11.56, 10.11, 9.94, 9.93]

both_tables = pytest.mark.parametrize(
    ("table", "printed"),
    [(paper.TABLE_3, GAUSSIAN_AS_PRINTED), (paper.TABLE_4, IMPULSE_AS_PRINTED)],
    ids=["table 3", "table 4"],
)


@both_tables
def test_accuracies_and_cases_are_as_printed(table, printed):
    assert [(row.case.label, row.without, row.with_pe) for row in table] == printed
    assert [row.number for row in table] == list(range(1, len(printed) + 1))


@both_tables
def test_mean_over_the_noisy_cases_is_that_of_the_print(table, printed):
    noisy = table[1:]
    without = mean(row.without for row in noisy)
    with_pe = mean(row.with_pe for row in noisy)
    assert without == pytest.approx(mean(line[1] for line in printed[1:]))
    assert with_pe == pytest.approx(mean(line[2] for line in printed[1:]))
    assert with_pe > without + 10


def test_table_5_has_the_noise_of_table_3_and_its_own_accuracies():
    assert [row.accuracy for row in paper.TABLE_5] == STANDARDISED_AS_PRINTED
    numbered = [(row.number, row.case) for row in paper.TABLE_3]
    assert [(row.number, row.case) for row in paper.TABLE_5] == numbered


def test_two_printed_figures_differ_from_the_logged_ones():
    slips = {
        (table, row.number): (row.without, row.logged_without)
        for table, rows in (("3", paper.TABLE_3), ("4", paper.TABLE_4))
        for row in rows
        if row.logged_without is not None
    }
    assert slips == {("3", 1): (98.7, 98.17), ("4", 11): (35.38, 35.58)}


def test_without_noise_tables_3_and_4_agree_as_logged():
    first, second = paper.TABLE_3[0], paper.TABLE_4[0]
    assert first.logged_without == second.without
    assert first.with_pe == second.with_pe
    assert first.case == second.case == paper.CLEAN


def test_the_case_that_no_table_prints():
    logged = paper.LOGGED_ONLY
    assert (logged.case.label, logged.without, logged.with_pe) == (
        "μ = 0, σ = 0.1",
        98.14,
        97.96,
    )
    assert logged.case not in paper.NOISY_CASES


def test_the_noisy_cases_are_8_gaussian_then_13_impulse():
    assert [case.kind for case in paper.NOISY_CASES] == ["gaussian"] * 8 + [
        "impulse"
    ] * 13
    assert paper.GAUSSIAN_CASES == tuple(row.case for row in paper.TABLE_3[1:])
    assert paper.IMPULSE_CASES == tuple(row.case for row in paper.TABLE_4[1:])
    assert paper.NOISY_CASES == paper.GAUSSIAN_CASES + paper.IMPULSE_CASES


@pytest.mark.parametrize("name", ["label", "key"])
def test_no_two_cases_are_written_alike(name):
    cases = [paper.CLEAN, paper.LOGGED_ONLY.case, *paper.NOISY_CASES]
    assert len({getattr(case, name) for case in cases}) == len(cases) == 23


@pytest.mark.parametrize(
    ("case", "label", "key"),
    [
        (paper.CLEAN, "no noise", "none"),
        (paper.gaussian(25, 5), "μ = 25, σ = 5", "gaussian mean=25 std=5"),
        (paper.gaussian(-1.5, 0), "μ = -1.5, σ = 0", "gaussian mean=-1.5 std=0"),
        (paper.impulse(0.1, 25), "p = 0.1, v = 25", "impulse probability=0.1 value=25"),
        (
            paper.Case("salt_and_pepper", (("amount", 0.2), ("salt_vs_pepper", 1))),
            "amount = 0.2, salt = 1",
            "salt_and_pepper amount=0.2 salt_vs_pepper=1",
        ),
    ],
)
def test_a_case_is_written_in_the_papers_way_and_in_plain_letters(case, label, key):
    assert (case.label, case.key) == (label, key)
    assert case.key.isascii()


def test_equal_cases_are_written_alike():
    case, same = paper.gaussian(25, 5), paper.gaussian(25.0, np.float64(5))
    assert case == same
    assert hash(case) == hash(same)
    assert (case.label, case.key) == (same.label, same.key)


@pytest.mark.parametrize("case", paper.NOISY_CASES, ids=lambda case: case.key)
def test_a_case_holds_what_its_noise_function_takes(case):
    images = np.zeros((50, 50), np.uint8)
    noisy = noise.get(case.kind)(images, **case.parameters, overflow="clip", rng=0)
    assert noisy.any()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: paper.gaussian(1, -1),
            ValueError,
            "std must lie in 0..1000. Received: -1",
        ),
        (
            lambda: paper.gaussian(float("nan"), 1),
            ValueError,
            "mean must .* Received: nan",
        ),
        (
            lambda: paper.gaussian("1", 1),
            TypeError,
            "mean must be a number. Received: '1'",
        ),
        (
            lambda: paper.impulse(1.5, 1),
            ValueError,
            "probability must .* Received: 1.5",
        ),
        (
            lambda: paper.impulse(0.5, 2.5),
            TypeError,
            "value must be an integer. Received: 2.5",
        ),
    ],
)
def test_a_case_that_no_noise_function_takes_is_refused(make, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        make()


@pytest.mark.parametrize(
    "record",
    [
        paper.CLEAN,
        paper.TABLE_3[0],
        paper.TABLE_5[0],
        recipes.TEXT["plain"],
        recipes.CODE["plain"],
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_the_paper_says_cannot_be_changed(record):
    for field in dataclasses.fields(record):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, field.name, None)


# Recipes


@pytest.mark.parametrize(
    "recipes",
    [recipes.TEXT, recipes.CODE, recipes.CODE_SLOW, recipes.CODE_PNG, recipes.CODE_ADAM],
    ids=["text", "code", "code slow", "code png", "code adam"],
)
def test_there_is_one_recipe_an_arm(recipes):
    assert tuple(recipes) == paper.ARMS
    assert [recipe.arm for recipe in recipes.values()] == list(paper.ARMS)
    assert {recipe.width for recipe in recipes.values()} == {64}
    assert {recipe.scale for recipe in recipes.values()} == {1000}
    assert {recipe.batch_size for recipe in recipes.values()} == {64}


def test_the_arms_are_codings_with_statistics():
    for recipes in (recipes.TEXT, recipes.CODE):
        codings = [recipe.coding for recipe in recipes.values()]
        assert codings == ["raw", "raw", "trained"]


@pytest.mark.parametrize("arm", paper.ARMS)
@pytest.mark.parametrize(
    ("recipes", "network", "optimizer", "learning_rate", "epochs", "jpeg"),
    [
        (recipes.TEXT, "table1", "adam", 0.0001, 10, False),
        (recipes.CODE, "released", "adadelta", 0.1, 10, True),
    ],
    ids=["text", "code"],
)
def test_the_recipes_settings(
    recipes, network, optimizer, learning_rate, epochs, jpeg, arm
):
    recipe = recipes[arm]
    assert (recipe.network, recipe.optimizer) == (network, optimizer)
    assert (recipe.learning_rate, recipe.epochs) == (learning_rate, epochs)
    assert recipe.jpeg == jpeg


@pytest.mark.parametrize("arm", paper.ARMS)
@pytest.mark.parametrize(
    ("recipes", "changes"),
    [
        (recipes.CODE_SLOW, {"learning_rate": 0.005}),
        (recipes.CODE_PNG, {"jpeg": False}),
        (recipes.CODE_ADAM, {"optimizer": "adam", "learning_rate": 0.0001}),
    ],
    ids=["slow", "png", "adam"],
)
def test_what_the_variants_of_the_released_code_change(recipes, changes, arm):
    assert recipes[arm] == dataclasses.replace(recipes.CODE[arm], **changes)


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
    assert (recipe.statistics, recipe.test_statistics) == expected


def test_the_clip_of_the_released_code_makes_one_token_more_than_table_2_prints():
    assert paper.TABLE_2["Length of the embedding dictionary"] == 2000
    assert 2 * recipes.CODE["pixel_embedding"].limit + 1 == 2001


def test_the_text_recipes_follow_table_2():
    recipe = recipes.TEXT["pixel_embedding"]
    assert {
        "Length of the embedding dictionary": 2 * recipe.limit,
        "Optimization algorithm": recipe.optimizer.capitalize(),
        "Integer to multiply": recipe.scale,
        "Embedding size": recipe.width,
        "Learning rate": recipe.learning_rate,
        "Batch size": recipe.batch_size,
    } == paper.TABLE_2


def test_table_1_goes_from_an_image_to_ten_numbers():
    assert paper.TABLE_1 == (
        (0, "Input", (28, 28, "E_s")),
        (1, "Convolution", (28, 28, 64)),
        (2, "Max pooling", (14, 14, 64)),
        (3, "Convolution", (14, 14, 64)),
        (4, "Max pooling", (7, 7, 64)),
        (5, "Folding", (1, 3136)),
        (6, "Full connection", (1, 10)),
    )
