"""How many pictures are right under attack: counted, resumed, shipped."""

from collections import defaultdict

import numpy as np
import pytest

from pixembed import attacks, results, weights
from pixembed.attacks import counts
from pixembed.data import Dataset

SHIPPED = results.REFERENCE / "attacks" / "mnist.csv"
SOURCE = counts.SOURCE


@pytest.fixture
def few(monkeypatch):
    """Few epsilons and steps, so that a count takes seconds."""
    monkeypatch.setattr(counts, "EPSILONS", (4, 24))
    monkeypatch.setattr(counts, "STEPS", 2)
    monkeypatch.setattr(counts, "QUERIES", 2)


def test_a_network_is_counted_and_what_is_there_is_not_counted_again(few, tmp_path):
    out = tmp_path / "attacks.csv"
    counts.attack_all(out, images=5, names=[SOURCE])
    found = {one.case: one.correct for one in results.read(out)}
    assert {one.total for one in results.read(out)} == {5}
    assert {one.arm for one in results.read(out)} == {"plain"}
    for epsilon in counts.EPSILONS:
        strongest = found[counts.case(counts.STRONGEST, epsilon)]
        for name in ("fgsm", "pgd reach=1"):
            assert strongest <= found[counts.case(name, epsilon)] <= found["none"]
    before = out.read_bytes()
    counts.attack_all(out, images=5, names=[SOURCE])
    assert out.read_bytes() == before
    lines = before.splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:4]))
    counts.attack_all(out, images=5, names=[SOURCE])
    assert [one.key for one in results.read(out)] == [*_keys(before, tmp_path)]


def _keys(content, folder):
    whole = folder / "whole.csv"
    whole.write_bytes(content)
    return [one.key for one in results.read(whole)]


@pytest.mark.parametrize("arm", ["plain", "pixel_embedding", "neighbours"])
def test_which_attacks_are_made(arm):
    name = next(n for n, one in weights.available().items() if one.arm == arm)
    source = weights.load(SOURCE)
    model = source if name == SOURCE else weights.load(name)
    found = set(counts.attacks_on(model, arm, source))
    assert {"fgsm", f"pgd reach={counts.REACHES.get(arm, (1,))[0]}"} <= found
    assert ("pick-levels" in found) == (arm == "pixel_embedding")
    assert ("transfer" in found) == (arm != "plain")


def test_a_picture_that_went_too_far_is_no_attack(digits):
    model = weights.load(SOURCE)
    some = Dataset("some", digits.images[:2], digits.labels[:2])

    def cheat(images, labels, epsilon):
        return 255 - images

    with pytest.raises(ValueError, match=r"the change of a pixel must lie in 0\.\.8"):
        counts.still_right(model, cheat, some, np.array([True, True]), 8)


def test_what_was_wrong_stays_wrong(digits):
    model = weights.load(SOURCE)
    some = Dataset("some", digits.images[:3], digits.labels[:3])

    def nothing(images, labels, epsilon):
        return images

    right = np.array([True, False, False])
    found = counts.survivors(model, nothing, some, right)
    assert found.shape == (len(counts.EPSILONS), 3)
    assert (found == right).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": 0}, r"images must lie in 1\.\.1000"),
        ({"names": ["text-plain-99"]}, "names must be one of "),
    ],
)
def test_bad_input_is_named(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        counts.attack_all(tmp_path / "attacks.csv", **options)
    assert not list(tmp_path.iterdir())


# What is shipped


@pytest.fixture(scope="module")
def shipped():
    """Counts by network and case."""
    found = defaultdict(dict)
    for one in results.read(SHIPPED):
        found[f"{one.recipe.removesuffix('-55000')}-{one.arm}-{one.seed}"][one.case] = (
            one
        )
    return found


def test_every_network_of_the_book_was_attacked(shipped):
    assert set(shipped) == set(counts.NAMES)
    everything = [one for own in shipped.values() for one in own.values()]
    assert len({(one.data, one.total) for one in everything}) == 1
    assert "unknown" not in {one.threads for one in everything}


@pytest.mark.parametrize("name", counts.NAMES)
def test_no_attack_is_stronger_than_the_strongest(shipped, name):
    own = {case: one.correct for case, one in shipped[name].items()}
    epsilons = counts.epsilons_for(weights.available()[name].arm)
    strongest = {e: own[counts.case(counts.STRONGEST, e)] for e in epsilons}
    assert [*strongest.values()] == sorted(strongest.values(), reverse=True)
    for case, right in own.items():
        attack, _, epsilon = case.rpartition(" epsilon=")
        if attack and "alone" not in attack:
            assert strongest[int(epsilon)] <= right <= own["none"], case


def test_the_strongest_pictures_are_found_again(shipped, digits):
    """A few of them: pixel embedding falls to two grey levels."""
    model = weights.load("text-pixel_embedding-0")
    images, labels = digits.images[:10], digits.labels[:10]
    attacked = attacks.pgd(model, images, labels, 4, reach=1, steps=15)
    right = (attacks.leads_of(model, attacked, labels) > 0).mean()
    one = shipped["text-pixel_embedding-0"][counts.case(counts.STRONGEST, 4)]
    assert abs(right - one.accuracy) <= 0.3
