"""Attacks: what they may change, how strong they are, what they refuse."""

import keras
import numpy as np
import pytest
from keras import ops

from pixembed import attacks, networks, remedies, weights
from pixembed.attacks.straight_through import NeighboursStraightThrough
from pixembed.layers import NeighbourDistance, PixelEmbedding, Thermometer

TINY = (8, 8)
ARMS = ("standardised", "own-image", "pixel_embedding", "thermometer", "neighbours")
TABLES = ("pixel_embedding", "thermometer")
RNG = np.random.default_rng(0)
#: Crowds at 0 and 255, and greys between them.
IMAGES = RNG.choice([0, 0, 0, 255, 254, 90, 30], (6, *TINY)).astype(np.uint8)
LABELS = RNG.integers(0, 10, 6)


def recipe(arm):
    found = remedies.recipes("fast")[arm]
    if arm == "neighbours":
        # As many neighbours as so small an image has.
        return found.with_options(neighbours=[2, 5, 9, 20])
    return found


@pytest.fixture(scope="module", params=ARMS)
def network(request):
    """A small untrained network of each kind, with its arm."""
    model = networks.build(recipe(request.param), seed=0, shape=TINY)
    networks.adapt(model, IMAGES)
    return request.param, model


@pytest.fixture(scope="module")
def plain():
    return weights.load("text-plain-0")


@pytest.fixture(scope="module")
def some(digits):
    return digits.images[:12], digits.labels[:12]


def apart(one, other):
    return np.abs(one.astype(int) - other).max()


# Ways back


def test_the_logits_are_the_networks_own(network):
    _, model = network
    found = attacks.straight_through(model)(IMAGES.astype("float32"))
    np.testing.assert_array_equal(found, model(IMAGES))


def slope_of(model, images, labels):
    function = attacks.with_gradient(
        lambda levels, labels: attacks.margins(model(levels), labels)
    )
    return function(images, labels)


def test_there_is_a_gradient_where_the_network_itself_has_none(network):
    arm, model = network
    leads, slope = slope_of(attacks.straight_through(model), IMAGES, LABELS)
    np.testing.assert_allclose(leads, attacks.leads_of(model, IMAGES, LABELS), 1e-4)
    assert slope.shape == IMAGES.shape
    assert np.abs(slope).max() > 0, arm


@pytest.mark.parametrize(
    "layer",
    [PixelEmbedding(3, statistics="range"), Thermometer(4), NeighbourDistance(2)],
)
def test_a_token_has_no_gradient(layer):
    function = attacks.with_gradient(
        lambda levels: ops.sum(ops.cast(layer(levels), "float32"), axis=(1, 2, 3))
    )
    _, slope = function(IMAGES[:1])
    assert not slope.any()


def test_a_number_has_its_true_gradient():
    model = networks.build(recipe("standardised"), seed=0, shape=TINY)
    networks.adapt(model, IMAGES)
    way_back = attacks.straight_through(model)
    grey = RNG.uniform(0, 255, (1, *TINY)).astype("float32")
    _, slope = slope_of(way_back, grey, LABELS[:1])
    for pixel in ((3, 4), (0, 7), (5, 2)):
        both = []
        for step in (-1, 1):
            moved = grey.copy()
            moved[(0, *pixel)] += step / 4
            leads, _ = slope_of(way_back, moved, LABELS[:1])
            both.append(leads[0])
        difference = 2 * (both[1] - both[0])
        tolerance = 0.1 * np.abs(slope).max()
        assert slope[(0, *pixel)] == pytest.approx(difference, abs=tolerance)


def test_slopes_by_hand():
    table = np.array([[0.0], [1.0], [4.0], [9.0], [16.0]])
    assert attacks.slopes(table, 1).ravel().tolist() == [1, 2, 4, 6, 7]
    assert attacks.slopes(table, 2).ravel().tolist() == [2, 3, 4, 5, 6]
    assert attacks.slopes(table, 99).ravel().tolist() == [4] * 5


def test_the_table_of_a_code_is_the_layers():
    table = attacks.table_of(Thermometer(4))
    assert table[[0, 64, 128, 255]].tolist() == [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]


def test_soft_counts_have_the_gradient_of_what_a_pixel_does_to_all():
    """On the ramp counts are straight, and differences are derivatives."""
    layer = NeighbourDistance(2, radii=[[50]], axis="line")
    soft = NeighboursStraightThrough(layer, reach=100)
    levels = np.array([[20.0, 31, 45, 57, 60]], "float32")
    weigh = np.array([[1.0, -2, 3, 0.5, 1]], "float32")

    def told(levels):
        return ops.sum(soft._within(levels, 50) * weigh, axis=1)

    _, slope = attacks.with_gradient(told)(levels)
    for pixel in range(5):
        both = []
        for step in (-1, 1):
            moved = levels.copy()
            moved[0, pixel] += step
            both.append(float(told(ops.convert_to_tensor(moved))[0]))
        assert slope[0, pixel] == pytest.approx((both[1] - both[0]) / 2, abs=1e-5)


def test_a_way_back_that_is_not_known_is_said():
    model = networks.build(recipe("median"), seed=0, shape=TINY)
    with pytest.raises(ValueError, match="'median', a MedianFilter: attack .* random"):
        attacks.pgd(model, IMAGES, LABELS, 8)


def test_a_table_that_hangs_on_the_image_is_refused():
    own = recipe("pixel_embedding").with_options(statistics="image")
    model = networks.build(own, seed=0, shape=TINY)
    with pytest.raises(ValueError, match="must be fixed .* Received: 'image'"):
        attacks.pgd(model, IMAGES, LABELS, 8)


# What attacks return


@pytest.mark.parametrize("epsilon", [1, 40, 255])
def test_no_pixel_goes_farther_than_epsilon_and_no_margin_grows(network, epsilon):
    arm, model = network
    before = attacks.leads_of(model, IMAGES, LABELS)
    few = {"steps": 2, "restarts": 1}
    found = [
        attacks.pgd(model, IMAGES, LABELS, epsilon, until=-np.inf, **few),
        attacks.random_search(model, IMAGES, LABELS, epsilon, queries=4),
    ]
    if arm in TABLES:
        found.append(attacks.pick_levels(model, IMAGES, LABELS, epsilon, **few))
    for attacked in found:
        assert attacked.dtype == np.uint8 and attacked.shape == IMAGES.shape
        assert apart(attacked, IMAGES) <= epsilon
        after = attacks.leads_of(model, attacked, LABELS)
        assert (after <= before + 1e-4).all()


def test_pictures_are_left_alone(plain, some):
    images, labels = some
    copy = images.copy()
    attacks.pgd(plain, images, labels, 8, steps=1)
    attacks.random_search(plain, images, labels, 8, queries=1)
    np.testing.assert_array_equal(images, copy)


def test_one_step_is_the_sign_of_the_gradient(plain, some):
    images, labels = some
    _, slope = slope_of(attacks.straight_through(plain), images, labels)
    expected = np.clip(images - 16 * np.sign(slope), 0, 255).astype(np.uint8)
    found = attacks.fgsm(plain, images, labels, 16)
    moved = (found != images).any(axis=(1, 2))
    np.testing.assert_array_equal(found[moved], expected[moved])
    assert moved.sum() > 6


def test_more_is_stronger(plain, some):
    images, labels = some
    options = [{"steps": 1}, {"steps": 8}, {"steps": 8, "restarts": 1}]
    found = [
        attacks.pgd(plain, images, labels, 12, until=-np.inf, **one) for one in options
    ]
    one, many, again = (attacks.leads_of(plain, x, labels) for x in found)
    assert many.mean() < one.mean() - 1
    assert (again <= many + 1e-4).all()


def test_an_attack_is_found_where_a_number_is_tiny(plain, some):
    """Few grey levels, and most digits are read as another one."""
    images, labels = some
    attacked = attacks.pgd(plain, images, labels, 24, steps=10)
    assert (attacks.leads_of(plain, images, labels) > 0).mean() > 0.8
    assert (attacks.leads_of(plain, attacked, labels) > 0).mean() < 0.2


def test_a_walk_ends_at_the_first_wrong_answer(plain, some):
    images, labels = some
    wrong = (labels + 1) % 10
    found = attacks.pgd(plain, images, wrong, 8, steps=3, restarts=2)
    np.testing.assert_array_equal(found, images)


def test_the_same_seed_gives_the_same_pictures(plain, some):
    images, labels = some
    options = {"queries": 3}
    args = plain, images, labels, 8
    one, same = (attacks.random_search(*args, seed=3, **options) for _ in range(2))
    other = attacks.random_search(*args, seed=4, **options)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_each_level_that_is_picked_is_the_best_of_a_linear_network():
    """Behind a linear network the first step is exact: no level does better."""
    images = keras.Input((4, 4), dtype="uint8")
    code = PixelEmbedding(3, statistics="range", name="code")(images)
    flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 4, name="c")(code))
    model = keras.Model(images, flat)
    grey = RNG.integers(0, 256, (1, 4, 4), dtype=np.uint8)
    labels = np.array([0])
    picked = attacks.pick_levels(model, grey, labels, 5, steps=1, until=-np.inf)
    least = attacks.leads_of(model, picked, labels)[0]
    for row, column in ((0, 0), (2, 3)):
        for level in range(256):
            other = picked.copy()
            other[0, row, column] = level
            if apart(other, grey) <= 5:
                assert attacks.leads_of(model, other, labels)[0] > least - 1e-4


# Bad input


ATTACKS = {
    "pgd": attacks.pgd,
    "fgsm": attacks.fgsm,
    "random": attacks.random_search,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"images": IMAGES}, ValueError, r"shape \(n, 28, 28\).*Received: \(6, 8, 8\)"),
        ({"images": np.zeros((6, 28, 28))}, TypeError, "uint8 grey levels"),
        ({"images": [[1]]}, TypeError, "images must be a NumPy array"),
        ({"labels": LABELS[:2]}, ValueError, "labels"),
        ({"labels": LABELS + 10}, ValueError, r"labels must lie in 0\.\.9"),
        ({"epsilon": 0}, ValueError, r"epsilon must lie in 1\.\.255. Received: 0"),
        ({"epsilon": 256}, ValueError, r"epsilon must lie in 1\.\.255"),
        ({"epsilon": 8.0}, TypeError, "epsilon must be an integer. Received: 8.0"),
    ],
)
def test_bad_input_is_named(attack, changes, error, message, plain):
    given = {"images": np.zeros((6, 28, 28), "uint8"), "labels": LABELS, "epsilon": 8}
    with pytest.raises(error, match=message):
        attack(plain, **(given | changes))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"restarts": -1}, "restarts must be at least 0"),
        ({"reach": 0}, r"reach must lie in 1\.\.255"),
        ({"seed": -1}, "seed must not be negative"),
    ],
)
def test_options_out_of_range_are_named(options, message, plain, some):
    with pytest.raises(ValueError, match=message):
        attacks.pgd(plain, *some, 8, **options)


def test_levels_are_picked_where_there_is_a_table(plain, some):
    with pytest.raises(ValueError, match="front end is one of .*Received: "):
        attacks.pick_levels(plain, *some, 8)


# Second opinions


def in_torch(model, torch):
    """The plain network in PyTorch, from its arrays, in lines of this test's own."""
    first, one, second, two, last, three = (
        torch.tensor(array) for array in model.get_weights()[-6:]
    )
    functional = torch.nn.functional

    def logits(levels):
        layer = levels[:, None]
        for kernel, bias in ((first, one), (second, two)):
            kernel = kernel.permute(3, 2, 0, 1)
            layer = functional.conv2d(layer, kernel, bias, padding=1).relu()
            layer = functional.max_pool2d(layer, 2)
        return layer.permute(0, 2, 3, 1).flatten(1) @ last + three

    return logits


def test_pytorch_finds_the_same_gradient_and_the_same_answers(plain, some):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
    images, labels = some
    network = in_torch(plain, torch)
    levels = torch.tensor(images.astype("float32"), requires_grad=True)
    logits = network(levels)
    true = torch.nn.functional.one_hot(torch.tensor(labels.astype("int64")), 10).bool()
    leads = logits[true] - logits.masked_fill(true, -torch.inf).max(dim=1).values
    (slope,) = torch.autograd.grad(leads.sum(), levels)
    ours, own = slope_of(attacks.straight_through(plain), images, labels)
    np.testing.assert_allclose(ours, leads.detach(), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(own, slope, atol=1e-3 * np.abs(own).max())
    large = np.abs(own) > 1e-2 * np.abs(own).max()
    assert (np.sign(own) == np.sign(slope.numpy()))[large].all()
    attacked = attacks.pgd(plain, images, labels, 12, steps=5)
    theirs = network(torch.tensor(attacked.astype("float32"))).argmax(dim=1).numpy()
    ours = attacks.leads_of(plain, attacked, labels) > 0
    assert ((theirs == labels) == ours).all()


def test_the_robustness_toolbox_finds_no_stronger_pictures(plain, some):
    reason = "adversarial-robustness-toolbox 1.20.1 is not installed"
    estimators = pytest.importorskip("art.estimators.classification", reason=reason)
    evasion = pytest.importorskip("art.attacks.evasion", reason=reason)
    images, labels = some
    classifier = estimators.TensorFlowV2Classifier(
        model=attacks.straight_through(plain),
        nb_classes=10,
        input_shape=images.shape[1:],
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 255),
    )
    options = {"eps": 8, "eps_step": 2, "max_iter": 20, "verbose": False}
    attack = evasion.ProjectedGradientDescent(classifier, **options)
    theirs = attack.generate(images.astype("float32"), np.eye(10)[labels])
    theirs = np.rint(theirs).clip(0, 255).astype(np.uint8)
    assert apart(theirs, images) <= 8
    ours = attacks.pgd(plain, images, labels, 8, steps=20)
    right = [
        (attacks.leads_of(plain, attacked, labels) > 0).sum()
        for attacked in (ours, theirs)
    ]
    assert right[0] <= right[1]
    assert right[1] < len(labels)
