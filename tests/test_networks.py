from dataclasses import replace

import keras
import numpy as np
import pytest

from pixembed import front_ends, networks, paper, recipes
from pixembed.layers import PixelEmbedding
from pixembed.recipes import Recipe

RECIPES = {
    **{f"text {arm}": recipe for arm, recipe in recipes.TEXT.items()},
    **{f"code {arm}": recipe for arm, recipe in recipes.CODE.items()},
}
every_recipe = pytest.mark.parametrize("name", RECIPES)
every_arm = pytest.mark.parametrize("arm", paper.ARMS)


def built(name, seed=0, **options):
    return networks.build(RECIPES[name].with_options(**options), seed=seed)


def assert_equal_weights(first, second):
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# The networks, layer by layer


def test_the_layers_have_the_shapes_of_table_1():
    width = recipes.TEXT["pixel_embedding"].options["width"]
    model = built("text pixel_embedding")
    pixels, *layers = model.layers
    assert pixels.output.shape == (None, 28, 28)
    kinds = {
        "Input": PixelEmbedding,
        "Convolution": keras.layers.Conv2D,
        "Max pooling": keras.layers.MaxPooling2D,
        "Folding": keras.layers.Flatten,
        "Full connection": keras.layers.Dense,
    }
    for layer, (_, name, shape) in zip(layers, paper.TABLE_1, strict=True):
        assert isinstance(layer, kinds[name])
        # The table gives a vector as a matrix of one row.
        expected = tuple(width if size == "E_s" else size for size in shape)
        found = layer.output.shape[1:]
        assert ((1, *found) if len(found) == 1 else found) == expected


RELEASED = [
    ("convolution_1", (28, 28, 64)),
    ("max_pooling_1", (14, 14, 64)),
    ("normalization_1", (14, 14, 64)),
    ("convolution_2", (14, 14, 64)),
    ("normalization_2", (14, 14, 64)),
    ("max_pooling_2", (7, 7, 64)),
    ("folding", (3136,)),
    ("full_connection_1", (128,)),
    ("full_connection_2", (128,)),
    ("full_connection_3", (10,)),
]


@pytest.mark.parametrize(
    ("arm", "front"),
    [
        ("pixel_embedding", [("pixel_embedding", (28, 28, 64))]),
        *(
            (
                arm,
                [
                    ("standardize", (28, 28)),
                    ("channel", (28, 28, 1)),
                    ("channels", (28, 28, 3)),
                ],
            )
            for arm in ("plain", "standardised")
        ),
    ],
)
def test_the_layers_of_the_released_code(arm, front):
    model = built(f"code {arm}")
    found = [(layer.name, layer.output.shape[1:]) for layer in model.layers]
    assert found == [("grey_levels", (28, 28)), *front, *RELEASED]


def test_the_settings_of_the_released_code():
    model = built("code plain")
    for number in (1, 2):
        pooling = model.get_layer(f"max_pooling_{number}")
        assert (pooling.pool_size, pooling.strides) == ((3, 3), (2, 2))
        assert pooling.padding == "same"
        convolution = model.get_layer(f"convolution_{number}")
        assert convolution.kernel_size == (3, 3)
        assert convolution.padding == "same"
    activations = [
        layer.activation.__name__
        for layer in model.layers
        if hasattr(layer, "activation")
    ]
    assert activations == ["relu"] * 4 + ["linear"]


@pytest.mark.parametrize(
    ("layer", "deviation"),
    [
        ("convolution_1", 1.0),
        ("convolution_2", 0.1),
        ("full_connection_1", 0.005),
        ("full_connection_2", 0.005),
        ("full_connection_3", 0.005),
    ],
)
def test_the_released_codes_weights_start_truncated_normal(layer, deviation):
    kernel, bias = built("code pixel_embedding").get_layer(layer).get_weights()
    # Cut off at two deviations, a normal number has 0.88 of its deviation left.
    assert np.abs(kernel).max() <= 2 * deviation
    assert kernel.std() == pytest.approx(0.88 * deviation, rel=0.05)
    assert abs(kernel.mean()) < 0.1 * deviation
    np.testing.assert_array_equal(bias, np.float32(0.1))


def convolution(channels):
    return 3 * 3 * channels * 64 + 64


def dense(inputs, outputs):
    return inputs * outputs + outputs


TABLE1_REST = convolution(64) + dense(3136, 10)
RELEASED_REST = convolution(64) + dense(3136, 128) + dense(128, 128) + dense(128, 10)


@pytest.mark.parametrize(
    ("name", "trained"),
    [
        ("text plain", convolution(1) + TABLE1_REST),
        ("text standardised", convolution(1) + TABLE1_REST),
        ("text pixel_embedding", 2001 * 64 + convolution(64) + TABLE1_REST),
        ("code plain", convolution(3) + RELEASED_REST),
        ("code standardised", convolution(3) + RELEASED_REST),
        ("code pixel_embedding", 2001 * 64 + convolution(64) + RELEASED_REST),
    ],
)
def test_the_number_of_weights(name, trained):
    model = built(name)
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == trained
    # Not trained: a mean and a deviation.
    assert model.count_params() == trained + 2


@pytest.mark.parametrize(
    ("changes", "rows"),
    [({"width": 3}, 2001), ({"width": 1, "limit": 20}, 41), ({"scale": 5}, 2001)],
)
def test_the_recipe_decides_about_the_embedding(changes, rows):
    model = built("text pixel_embedding", **changes)
    config = model.get_layer("pixel_embedding").get_config()
    options = recipes.TEXT["pixel_embedding"].options | changes
    assert (config["vocabulary"], config["width"]) == (rows, options["width"])
    assert config["scale"] == options["scale"]
    assert config["statistics"] == options["statistics"]


@every_recipe
def test_images_become_ten_logits(name, digits):
    model = built(name)
    networks.adapt(model, digits.images)
    logits = model.predict(digits.images[:7], verbose=0)
    assert (logits.shape, logits.dtype) == ((7, 10), np.float32)
    assert np.isfinite(logits).all()
    assert not np.allclose(logits.sum(axis=1), 1)


# A deeper network

RESNET = Recipe("deep", "number", {"statistics": "train"}, network="resnet")


@pytest.mark.parametrize(
    ("shape", "channels"), [((28, 28), 1), ((28, 28, 3), 3), ((9, 7), 1)]
)
def test_the_residual_network_takes_images_of_any_size(shape, channels):
    model = networks.build(RESNET, seed=0, shape=shape, classes=4)
    images = np.zeros((2, *shape), np.uint8)
    networks.adapt(model, np.arange(256, dtype=np.uint8).reshape(1, 16, 16))
    logits = model.predict(images, verbose=0)
    assert (logits.shape, logits.dtype) == ((2, 4), np.float32)
    assert model.get_layer("convolution_1").kernel.shape == (3, 3, channels, 16)


def test_the_residual_network_has_eight_layers_of_weights_on_its_way():
    model = networks.build(RESNET, seed=0)
    kernels = [
        layer
        for layer in model.layers
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))
        and not layer.name.endswith("_around")
    ]
    assert len(kernels) == 8
    sizes = [layer.output.shape[1:] for layer in kernels]
    assert sizes == (
        [(28, 28, 16)] * 3 + [(14, 14, 32)] * 2 + [(7, 7, 64)] * 2 + [(10,)]
    )
    ways_round = {layer.name for layer in model.layers if layer.name.endswith("around")}
    assert ways_round == {"block_2_around", "block_3_around"}


def test_a_block_that_gives_nothing_lets_its_input_through():
    model = networks.build(RESNET, seed=0)
    inner = model.get_layer("block_1_2")
    inner.set_weights([np.zeros_like(w) for w in inner.get_weights()])
    grey = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
    networks.adapt(model, grey)
    around, through = keras.Model(
        model.input,
        [
            model.get_layer("convolution_1_relu").output,
            model.get_layer("block_1_relu").output,
        ],
    )(grey)
    np.testing.assert_array_equal(around, through)


def test_the_seed_decides_the_residual_network():
    first, again, other = (networks.build(RESNET, seed=seed) for seed in (1, 1, 2))
    assert_equal_weights(first, again)
    kernels = [
        model.get_layer("block_2_1").get_weights()[0] for model in (first, other)
    ]
    assert not np.allclose(*kernels)


# Precision


@every_recipe
def test_in_half_precision_logits_and_weights_stay_float32(
    name, digits, mixed_bfloat16
):
    model = built(name)
    networks.adapt(model, digits.images)
    logits = model.predict(digits.images[:7], verbose=0)
    assert (logits.dtype, model.output.dtype) == (np.float32, "float32")
    assert {str(weight.dtype) for weight in model.weights} == {"float32"}
    for layer in model.layers:
        half = isinstance(layer, (keras.layers.Conv2D, PixelEmbedding))
        assert (layer.compute_dtype == "bfloat16") or not half, layer.name


@every_recipe
def test_half_precision_changes_the_logits_a_little(name, digits, mixed_bfloat16):
    mixed = built(name)
    networks.adapt(mixed, digits.images)
    keras.config.set_dtype_policy("float32")
    single = built(name)
    single.set_weights(mixed.get_weights())
    images = digits.images[:64]
    exact = outputs(single, images)
    error = np.abs(outputs(mixed, images) - exact).max()
    assert 0 < error < 0.05 * np.abs(exact).max()


@pytest.mark.parametrize("name", ["text pixel_embedding", "code pixel_embedding"])
def test_half_precision_moves_no_token(name, digits, mixed_bfloat16):
    mixed = built(name)
    keras.config.set_dtype_policy("float32")
    single = built(name)
    tokens = []
    for model in (mixed, single):
        networks.adapt(model, digits.images)
        embedding = model.get_layer("pixel_embedding")
        tokens.append(np.array(embedding.tokens(digits.images)))
    np.testing.assert_array_equal(*tokens)
    assert len(np.unique(tokens[0])) > 50


# Seeds


@every_recipe
def test_the_seed_decides_every_initial_weight(name):
    model = built(name, seed=5)
    keras.utils.set_random_seed(1)
    assert_equal_weights(built(name, seed=5), model)
    for one, other in zip(
        model.trainable_weights, built(name, seed=6).trainable_weights, strict=True
    ):
        if "bias" not in one.path:
            assert (np.array(one) != np.array(other)).any(), one.path


@every_arm
def test_no_two_layers_start_alike(arm):
    kernels = [
        np.array(weight).ravel()[:200]
        for weight in built(f"code {arm}").trainable_weights
        if "bias" not in weight.path
    ]
    assert len(kernels) >= 5
    for i, one in enumerate(kernels):
        for other in kernels[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.5


def test_building_leaves_numpys_global_random_state_alone():
    before = np.random.get_state()[1].copy()
    built("text pixel_embedding")
    np.testing.assert_array_equal(np.random.get_state()[1], before)


# Statistics


def outputs(model, images):
    return model.predict(images, verbose=0)


@pytest.mark.parametrize("name", ["text standardised", "text pixel_embedding"])
def test_with_statistics_keeps_the_weights_and_the_old_model(name, digits):
    model = built(name)
    networks.adapt(model, digits.images)
    before = outputs(model, digits.images)
    by_image = networks.with_statistics(model, "image")
    assert_equal_weights(by_image, model)
    assert (outputs(by_image, digits.images) != before).any()
    back = networks.with_statistics(by_image, "train")
    np.testing.assert_array_equal(outputs(back, digits.images), before)
    networks.adapt(back, 255 - digits.images)
    np.testing.assert_array_equal(outputs(model, digits.images), before)


def test_with_statistics_gives_what_building_with_them_does(digits):
    other = networks.with_statistics(built("code pixel_embedding"), "image")
    built_so = built("code pixel_embedding", statistics="image")
    np.testing.assert_array_equal(
        outputs(other, digits.images[:64]), outputs(built_so, digits.images[:64])
    )


def test_with_unknown_statistics_is_refused():
    # Keras makes a TypeError of whatever a layer raises while it is made again.
    with pytest.raises(TypeError, match="statistics must .* Received: 'test'"):
        networks.with_statistics(built("text standardised"), "test")


@every_recipe
def test_adapt_gives_mean_and_deviation_to_every_arm(name, digits):
    model = built(name)
    networks.adapt(model, digits.images)
    mean, deviation = (
        float(weight)
        for layer in model.layers
        for weight in layer.non_trainable_weights
    )
    assert mean == pytest.approx(digits.images.mean())
    assert deviation == pytest.approx(digits.images.std())


# Feeding


@pytest.mark.parametrize("batch_size", [3, 20, 1000])
def test_batches_hold_the_arrays_in_their_order(batch_size, digits):
    images, labels = digits.images[:20], digits.labels[:20]
    fed = networks.batches(images, labels, batch_size=batch_size)
    batches = [*fed["x"].as_numpy_iterator()]
    assert fed.keys() == {"x"}
    assert len(batches[0][0]) == min(batch_size, 20)
    for found, array in zip(zip(*batches, strict=True), (images, labels), strict=True):
        np.testing.assert_array_equal(np.concatenate(found), array)
        assert found[0].dtype == np.uint8
    alone = networks.batches(images, batch_size=batch_size)["x"]
    np.testing.assert_array_equal(np.concatenate([*alone.as_numpy_iterator()]), images)


def test_batches_are_not_tuned(digits):
    options = networks.batches(digits.images, batch_size=7)["x"].options()
    assert options.autotune.enabled is False


def test_other_backends_are_fed_the_arrays(digits, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    images, labels = digits.images, digits.labels
    assert networks.batches(images, batch_size=7) == {"x": images, "batch_size": 7}
    fed = networks.batches(images, labels, batch_size=7)
    assert fed == {"x": images, "y": labels, "batch_size": 7}


# Probabilities


@pytest.mark.parametrize("name", ["text plain", "code pixel_embedding"])
@pytest.mark.parametrize("batch_size", [3, 1000])
def test_probabilities_are_the_softmax_of_the_logits(name, batch_size, digits):
    model = built(name, statistics="range")
    images = digits.images[:20]
    found = networks.probabilities(model, images, batch_size=batch_size)
    assert (found.shape, found.dtype) == ((20, 10), np.float64)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    logits = keras.ops.cast(outputs(model, images), "float64")
    np.testing.assert_allclose(found, keras.ops.softmax(logits), rtol=1e-3, atol=1e-9)


def test_probabilities_of_huge_logits_are_still_numbers(digits):
    model = built("text plain")
    last = model.get_layer("full_connection")
    last.set_weights([1e20 * weight for weight in last.get_weights()])
    found = networks.probabilities(model, digits.images[:20])
    np.testing.assert_allclose(found.sum(axis=1), 1)


# Other images


@pytest.mark.parametrize("network", networks.NETWORKS)
@pytest.mark.parametrize("front_end", front_ends.FRONT_ENDS)
def test_shape_and_classes_are_those_of_the_data(network, front_end):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    recipe = Recipe("mine", front_end, network=network)
    model = networks.build(recipe, seed=0, shape=images.shape[1:], classes=np.int64(4))
    networks.adapt(model, images)
    found = networks.probabilities(model, images)
    assert found.shape == (3, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1)


# Whatever the reader's keras.json says


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@every_recipe
def test_channels_are_last_under_every_image_format(name, digits, channels_first):
    model = built(name)
    networks.adapt(model, digits.images)
    logits = outputs(model, digits.images[:7])
    keras.config.set_image_data_format("channels_last")
    same = built(name)
    networks.adapt(same, digits.images)
    np.testing.assert_allclose(logits, outputs(same, digits.images[:7]), rtol=1e-5)


# Bad input


def test_a_network_that_is_not_registered_is_refused():
    recipe = replace(RECIPES["text plain"], network="vgg16")
    message = "^recipe.network must be one of .*Received: 'vgg16'$"
    with pytest.raises(ValueError, match=message):
        networks.build(recipe, seed=0)


def test_no_two_networks_have_one_name():
    with pytest.raises(ValueError, match="^there is a network .*Received: 'table1'$"):
        networks.register("table1", networks.NETWORKS["released"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"shape": (28,)}, ValueError),
        ({"shape": (2, 28, 28, 1)}, ValueError),
        ({"shape": (28, 0)}, ValueError),
        ({"shape": (28, 28.0)}, TypeError),
        ({"classes": 0}, ValueError),
        ({"classes": None}, TypeError),
    ],
)
def test_a_shape_or_number_of_classes_that_no_images_have(arguments, error):
    ((name, _),) = arguments.items()
    with pytest.raises(error, match=f"^{name} must .*Received: "):
        networks.build(RECIPES["text plain"], seed=0, **arguments)


def test_a_seed_may_be_numpys():
    assert_equal_weights(built("text plain", seed=np.int64(5)), built("text plain", 5))


@pytest.mark.parametrize(
    ("seed", "error"),
    [(-1, ValueError), (None, TypeError), (1.0, TypeError), (True, TypeError)],
)
def test_a_bad_seed_is_named(seed, error):
    with pytest.raises(error, match=f"^seed must .*Received: {seed!r}$"):
        built("text plain", seed=seed)
