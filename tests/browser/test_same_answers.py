"""The browser's noise, tokens and networks against those of the package."""

import base64
import json

import numpy as np
import pytest
from scipy import stats

from pixembed import evaluation, networks, noise, recipes, weights
from pixembed.folding import fold
from pixembed.layers import NeighbourDistance
from pixembed.noise import CLEAN, gaussian, impulse
from pixembed.widgets import lab
from pixembed.widgets.explorer import BROWSER
from tests.browser.conftest import errors, serve

pytestmark = pytest.mark.slow

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Modules</title>
<link rel="icon" href="data:,"><script src="lab_data.js"></script>
<script type="module">
  import * as neighbours from "./neighbours.js";
  import * as network from "./network.js";
  import * as noise from "./noise.js";
  import { wilson } from "./counting.js";
  const networks = Object.fromEntries(
    Object.entries(pixembedLabData.networks).map(
      ([name, stored]) => [name, network.makeNetwork(stored, pixembedLabData.shape)],
    ),
  );
  window.modules = { ...neighbours, ...network, ...noise, wilson, networks };
</script></html>
"""
ANSWERS = """
const [name, base64] = arguments;
const pixels = modules.bytesFrom(base64);
return Array.from({ length: pixels.length / 784 }, (_, place) =>
  modules.networks[name](pixels.subarray(784 * place, 784 * (place + 1))));
"""
NEIGHBOURS = """
const [base64, size, options] = arguments;
const pixels = modules.bytesFrom(base64);
return Array.from({ length: pixels.length / size }, (_, place) =>
  modules.neighbourTokens(pixels.subarray(size * place, size * (place + 1)), options)
    .map((tokens) => [...tokens]));
"""
SETTINGS = [
    (CLEAN, "clip"),
    (gaussian(1, 1), "wrap"),
    (gaussian(50, 10), "clip"),
    (gaussian(50, 10), "wrap"),
    (impulse(0.5, 100), "clip"),
    (impulse(0.5, 100), "wrap"),
]
MOST_MILLISECONDS = 50


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    for source in BROWSER.glob("*.js"):
        (folder / source.name).write_text(source.read_text("utf-8"), "utf-8")
    (folder / "lab_data.js").write_text(lab.data_script(), encoding="utf-8")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    with serve(folder) as address:
        browser.get(f"{address}/index.html")
        yield browser
    assert errors(browser) == []


def encoded(array):
    return base64.b64encode(array.tobytes()).decode()


@pytest.mark.parametrize("name", lab.NETWORKS)
def test_probabilities_are_those_of_keras(name, page, sample):
    model = weights.load(lab.NETWORKS[name])
    images = sample.images[7::25]
    assert len(images) == 200
    for case, overflow in SETTINGS:
        noisy = noise.add_noise(images, case, seed=0, overflow=overflow)
        found = np.array(page.execute_script(ANSWERS, name, encoded(noisy)))
        expected = networks.probabilities(model, noisy)
        np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=str(case))


@pytest.mark.parametrize("name", ["pixel embedding", "neighbour distances"])
def test_rows_are_summed_as_in_the_folded_network(name, page, sample):
    """Both make a table of embedding and convolution; it is one definition."""
    folded = fold(weights.load(lab.NETWORKS[name]))
    levels = np.random.default_rng(0).permutation(784) // 4 + 30
    images = np.stack([*sample.images[11::250], levels.reshape(28, 28).astype("uint8")])
    found = np.array(page.execute_script(ANSWERS, name, encoded(images)))
    expected = networks.probabilities(folded, images)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_tokens_are_those_of_the_layer(page):
    layer = weights.load("text-pixel_embedding-0").get_layer("pixel_embedding")
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    found = page.execute_script(
        "return modules.tokensOfLevels(pixembedLabData.networks['pixel embedding'])"
    )
    assert found == np.asarray(layer.tokens(levels)).ravel().tolist()


def assert_tokens_are_those_of_the_layer(page, images, **options):
    layer = NeighbourDistance(**options)
    expected = np.asarray(layer(images)).reshape(len(images), images[0].size, -1)
    found = page.execute_script(NEIGHBOURS, encoded(images), images[0].size, options)
    np.testing.assert_array_equal(np.swapaxes(found, 1, 2), expected)


NEIGHBOUR_OPTIONS = [
    {"neighbours": 20, "radii": 64, "axis": "circle"},
    {"neighbours": [8, 20, 50, 200], "radii": 127, "axis": "circle"},
    {"neighbours": [8, 20, 50, 200], "radii": 127, "axis": "line"},
    {"neighbours": [1, 783, 784], "radii": 127, "axis": "circle"},
    {"neighbours": [1, 783, 784], "radii": 1, "axis": "line"},
    {"neighbours": [200, 20], "radii": [0, 1, 3, 7, 20, 127], "axis": "circle"},
    {"neighbours": 50, "radii": [12], "axis": "line"},
    {"neighbours": [8, 50], "radii": [[1, 4], [0, 3, 127]], "axis": "circle"},
    {
        name: recipes.NEIGHBOURS["neighbours"].options[name]
        for name in ("neighbours", "radii", "axis")
    },
]


@pytest.mark.parametrize("options", NEIGHBOUR_OPTIONS, ids=str)
def test_neighbour_distances_of_digits_are_those_of_the_layer(options, page, sample):
    images = sample.images[3::50]
    assert len(images) == 100
    for case, overflow in SETTINGS:
        noisy = noise.add_noise(images, case, seed=0, overflow=overflow)
        assert_tokens_are_those_of_the_layer(page, noisy, **options)


@pytest.mark.parametrize("options", NEIGHBOUR_OPTIONS, ids=str)
def test_neighbour_distances_of_any_pixels_are_those_of_the_layer(options, page):
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (2, 3), (9, 7), (40, 33)):
        few = rng.integers(0, 256, (100, 3))
        images = np.array([rng.choice(levels, shape) for levels in few])
        images[50:] = rng.integers(0, 256, (50, *shape))
        images[:2] = [np.zeros(shape), np.full(shape, 255)]
        assert_tokens_are_those_of_the_layer(page, images.astype("uint8"), **options)


def test_one_digit_is_answered_in_time(page):
    """By all four networks; the machine may be busy, so the best of ten counts."""
    milliseconds = page.execute_script("""
        const pixels = modules.bytesFrom(pixembedLabData.images).subarray(0, 784);
        return Array.from({ length: 10 }, () => {
          const start = performance.now();
          for (const network of Object.values(modules.networks)) network(pixels);
          return performance.now() - start;
        });
    """)
    assert min(milliseconds) <= MOST_MILLISECONDS


TOKENS = """
const pixels = modules.bytesFrom(arguments[0]);
const front = modules.makeFrontEnd(pixembedLabData.networks["neighbour distances"]);
return Array.from({ length: pixels.length / 784 }, (_, place) => {
  const one = pixels.subarray(784 * place, 784 * (place + 1));
  const ofLevels = front.tokensOf(one);
  return Array.from(one, (level) => ofLevels[level]);
});
"""


def test_the_lab_shows_the_tokens_of_all_neighbours_added_up(page, sample):
    layer = weights.load("neighbours-neighbours-0").get_layer("neighbours")
    for case, overflow in SETTINGS:
        noisy = noise.add_noise(sample.images[9::50], case, seed=0, overflow=overflow)
        found = page.execute_script(TOKENS, encoded(noisy))
        tokens = np.asarray(layer(noisy)).reshape(*np.shape(found), 4)
        np.testing.assert_array_equal(found, tokens.sum(axis=-1))
    last = page.execute_script(
        "return modules.makeFrontEnd("
        "pixembedLabData.networks['neighbour distances']).last"
    )
    assert last == sum(layer.largest)


@pytest.mark.parametrize("right", [0, 1])
def test_intervals_are_those_of_the_package(right, page):
    found = page.execute_script(
        "const [right] = arguments;"
        "return Array.from({ length: 300 }, (_, n) => modules.wilson(right, n + 1))",
        right,
    )
    expected = [evaluation.Score(right, n).interval() for n in range(1, 301)]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.min(found) >= 0


# Noise, applied


@pytest.mark.parametrize("overflow", noise.OVERFLOWS)
def test_given_draws_are_added_exactly(overflow, page):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, 5000, dtype=np.uint8)
    offsets = rng.integers(-1000, 1001, 5000)
    found = page.execute_script(
        "const [base64, offsets, overflow] = arguments;"
        "const pixels = modules.bytesFrom(base64);"
        "return [...modules.applyAdditive(pixels, offsets, overflow)]",
        encoded(pixels),
        offsets.tolist(),
        overflow,
    )
    expected = noise.apply_additive(pixels, offsets, overflow=overflow)
    np.testing.assert_array_equal(found, expected)


def test_given_pixels_are_replaced_exactly(page):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, 5000, dtype=np.uint8)
    replaced = rng.integers(-1, 2, 5000)
    found = page.execute_script(
        "const [base64, replaced] = arguments;"
        "return [...modules.applySaltAndPepper(modules.bytesFrom(base64), replaced)]",
        encoded(pixels),
        replaced.tolist(),
    )
    np.testing.assert_array_equal(found, noise.apply_salt_and_pepper(pixels, replaced))


# Noise, drawn

DRAWS = 100_001
SMALLEST_P = 1e-4


def drawn(page, function, parameters, seed=1):
    return np.array(
        page.execute_script(
            "const [name, count, parameters, seed] = arguments;"
            "return [...modules[name](count, parameters, modules.randomFrom(seed))]",
            function,
            DRAWS,
            parameters,
            seed,
        )
    )


def p_value(counts, shares):
    """Of Pearson's test, rare values taken together."""
    expected = shares * DRAWS
    rare = expected < 10
    counts, expected = (np.append(n[~rare], n[rare].sum()) for n in (counts, expected))
    return stats.chisquare(counts, expected * DRAWS / expected.sum()).pvalue


@pytest.mark.parametrize("seed", [1, 2, 302])
@pytest.mark.parametrize(("mean", "std"), [(1, 1), (50, 10), (-3.5, 2), (0, 0.6)])
def test_gaussian_draws_are_distributed_as_in_python(mean, std, seed, page):
    found = drawn(page, "drawGaussian", {"mean": mean, "std": std}, seed)
    values = np.arange(-300, 301)
    ends = values + (values >= 0)
    shares = np.diff(stats.norm.cdf(ends, mean, std), prepend=0)
    counts = np.bincount(found + 300, minlength=601)
    assert p_value(counts, shares) > SMALLEST_P
    ours = noise.draw_gaussian((DRAWS,), mean, std, rng=seed)
    assert p_value(np.bincount(ours + 300, minlength=601), shares) > SMALLEST_P


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.8])
def test_impulses_are_as_frequent_as_asked(probability, page):
    found = drawn(page, "drawImpulse", {"probability": probability, "value": 100})
    assert set(np.unique(found)) == {0, 100}
    hits = int((found == 100).sum())
    assert stats.binomtest(hits, DRAWS, probability).pvalue > SMALLEST_P


def test_salt_and_pepper_are_as_frequent_as_asked(page):
    found = drawn(page, "drawSaltAndPepper", {"amount": 0.3, "salt_vs_pepper": 0.25})
    for value, share in ((1, 0.075), (-1, 0.225), (0, 0.7)):
        hits = int((found == value).sum())
        assert stats.binomtest(hits, DRAWS, share).pvalue > SMALLEST_P


def test_a_small_deviation_draws_nothing_but_zeros(page):
    assert not drawn(page, "drawGaussian", {"mean": 0, "std": 0.1}).any()


@pytest.mark.parametrize("probability", [0, 1])
def test_none_or_all_are_hit_at_the_ends(probability, page):
    found = drawn(page, "drawImpulse", {"probability": probability, "value": -7})
    assert set(found.tolist()) == {-7 * probability}


def test_neighbours_do_not_depend_on_each_other(page):
    found = drawn(page, "drawGaussian", {"mean": 0, "std": 50})
    for apart in (1, 2, 28):
        r = np.corrcoef(found[:-apart], found[apart:])[0, 1]
        assert abs(r) < 4 / np.sqrt(DRAWS)


def test_same_seed_same_noise_other_seed_other_noise(page):
    one, again, other = (
        drawn(page, "drawGaussian", {"mean": 0, "std": 9}, seed) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(one, again)
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(DRAWS)


def test_the_lab_offers_what_the_browser_draws(page):
    known = page.execute_script("return Object.keys(modules.NOISES)")
    assert known == [one.name for one in lab.NOISES]


def test_no_noise_changes_nothing(page):
    text = json.dumps({"kind": "none", "parameters": {}, "overflow": "clip"})
    assert page.execute_script(
        "const pixels = Uint8Array.of(0, 7, 255);"
        f"return [...modules.addNoise(pixels, {text}, 3)]"
    ) == [0, 7, 255]
