"""What the solutions to the exercises say is true. Each test names its exercise."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.stats import norm

from pixembed import data, evaluation, layers, networks, noise, paper
from tools.notebooks import ROOT, code_cells, read


@pytest.fixture(scope="module")
def split(sample):
    return data.split_sample(sample)


@pytest.fixture(scope="module")
def statistics(split):
    return split[0].images.mean(), split[0].images.std()


@pytest.fixture(scope="module")
def model(split):
    built = networks.build(paper.TEXT["pixel_embedding"], seed=0)
    networks.adapt(built, split[0].images)
    return built


def chapter_cell(chapter, first_words):
    """The source of the chapter's code cell that begins with these words."""
    cells = code_cells(read(ROOT / "chapters" / chapter))
    (found,) = [c.source for c in cells if c.source.startswith(first_words)]
    return found


def run(source, **names):
    exec(compile(source, "chapter", "exec"), names)
    return names


def token(grey, mean, deviation, cut=np.trunc, scale=1000):
    integers = cut(scale * (np.asarray(grey, dtype=float) - mean) / deviation)
    return np.clip(integers, -1000, 1000).astype(int) + 1000


def test_chapter_1_exercise_1():
    pixel, draw = np.array([200], dtype=np.uint8), np.array([70])
    assert noise.apply_additive(pixel, draw, overflow="clip") == 255
    assert noise.apply_additive(pixel, draw, overflow="wrap") == 14


def test_chapter_1_exercise_2(split):
    grey = np.arange(256, dtype=np.uint8)
    wrapped = noise.apply_additive(grey, np.full(256, 25), overflow="wrap")
    assert np.flatnonzero(wrapped < grey).tolist() == list(range(231, 256))
    assert wrapped[231:].tolist() == list(range(25))
    images = split[1].images
    assert (images > 230).sum() > (images > 128).sum() / 2


def test_chapter_2_exercise_1():
    names = run(chapter_cell("02_words_to_pixels.ipynb", "image = np.array"), np=np)
    assert names["embedded"][2, 1].tolist() == [0.9, -0.5]


@pytest.mark.parametrize(("case", "factor"), [((25, 5), 1), ((75, 15), 5)])
def test_chapter_2_exercise_3(split, case, factor):
    images = split[1].images
    noisy = evaluation.add_noise(images, paper.gaussian(*case), seed=0, overflow="clip")
    grey = np.arange(256)
    one, two = (grey > 127).astype(float), np.digitize(grey, [64, 192]) / 2
    change = [np.abs(column[noisy] - column[images]).mean() for column in (one, two)]
    assert change[1] > factor * change[0]


def test_chapter_2_exercise_4():
    chapter = "02_words_to_pixels.ipynb"
    pairs = chapter_cell(chapter, "words = ")
    rest = [chapter_cell(chapter, start) for start in ("first, second", "for _ in")]
    plain = run("\n".join([pairs, *rest]), np=np)
    more = run("\n".join([pairs, 'pairs.append(("fish", "cat"))', *rest]), np=np)
    fish, cat = plain["words"].index("fish"), plain["words"].index("cat")
    for names, rows in ((plain, 4), (more, 5)):
        moved = np.any(names["word_table"] != names["start"], axis=1)
        assert (moved.sum(), moved[fish]) == (rows, rows == 5)
    cosine = run(chapter_cell(chapter, "def cosine").split("\n\n\n")[0], np=np)
    before, after = (
        cosine["cosine"](names["word_table"])[fish, cat] for names in (plain, more)
    )
    assert after < before and after < 0


def test_chapter_3_exercises_1_and_2(statistics):
    assert token([50, 29], 30, 80).tolist() == [1250, 988]
    grey = np.arange(256)
    fall = token(grey, *statistics) - token(grey, *statistics, cut=np.floor)
    assert set(fall[grey < statistics[0]]) == {1}
    assert set(fall[grey > statistics[0]]) == {0}


def test_chapter_3_exercise_3(statistics):
    tokens = token(np.arange(256), *statistics, scale=statistics[1])
    assert len(set(tokens)) == 255
    assert tokens[33] == tokens[34]
    assert np.ptp(tokens) == 254


def test_chapter_3_exercise_4(split):
    standardize = layers.Standardize()
    standardize.adapt(split[0].images)
    values = standardize(split[1].images)
    bounds = [k / 1000 for k in range(-1000, 1001) if k]
    assert len(bounds) == 2000
    oracle = np.asarray(keras.layers.Discretization(bin_boundaries=bounds)(values))
    assert (oracle != np.asarray(layers.Quantize()(values))).mean() < 1e-3


def test_chapter_4_exercises_1_and_2():
    names = run(chapter_cell("04_network.ipynb", "image = np.array"), np=np)
    assert (np.pad(names["image"], 1)[1:4, 2:5] * names["kernel"]).sum() == 27
    recipe = replace(paper.TEXT["pixel_embedding"], width=8)
    assert networks.build(recipe, seed=0).count_params() == 88_978 + 2


def test_chapter_4_exercise_3(split, model):
    image = split[1].images[:1]
    tokens = np.asarray(model.get_layer("pixel_embedding").tokens(image))[0]
    table, kernels, bias = [np.asarray(w) for w in model.trainable_weights[:3]]
    folded = np.einsum("ti,rcio->rcto", table, kernels)
    assert folded.size == 1_152_576
    total = np.zeros((30, 30, 64))
    for row, column in np.ndindex(3, 3):
        place = slice(2 - row, 30 - row), slice(2 - column, 30 - column)
        total[place] += folded[row, column][tokens]
    by_lookup = np.maximum(total[1:29, 1:29] + bias, 0)
    first = keras.Model(model.input, model.get_layer("convolution_1").output)
    by_keras = first.predict(image, verbose=0)[0]
    np.testing.assert_allclose(by_lookup, by_keras, atol=1e-4)


def test_chapter_4_exercise_4(model):
    def parameters(channels):
        return 9 * channels**2 + 501 * channels + 10

    assert parameters(64) == 68_938
    assert min(range(1, 300), key=lambda c: abs(parameters(c) - 233_290)) == 136


def test_chapter_5_exercise_1():
    loss = -np.log([1 / 2, 1 / 4])
    assert loss.round(3).tolist() == [0.693, 1.386]


def test_chapter_6_exercise_1(sample):
    drawn = noise.draw_gaussian((400_000,), 1, 1, rng=0)
    assert abs((drawn < 0).mean() - 0.0228) < 0.001
    assert 25 < (sample.images == 0).mean() * 784 / 25 < 26  # about 630
    assert noise.apply_additive(
        np.zeros(2, np.uint8), np.array([-1, -2]), overflow="wrap"
    ).tolist() == [255, 254]


def test_chapter_6_exercise_2(sample):
    images = sample.images[::5]
    for mean, stars in [(1, True), (5, False)]:
        case = paper.gaussian(mean, 1)
        noisy = evaluation.add_noise(images, case, seed=0, overflow="wrap")
        ground = np.where(images == 0, noisy, images)
        white = (ground[images == 0] > 200).mean()
        assert 0.01 < white < 0.04 if stars else white == 0
        holes = (noisy < images)[images >= 250].mean()
        assert (0.01 < holes < 0.4) if stars else holes > 0.9


def test_chapter_6_exercise_3(sample):
    images = sample.images[::5]
    assert (np.bincount(sample.labels[::5]) == 100).all()
    case = paper.gaussian(256, 0)
    wrap = evaluation.add_noise(images, case, seed=0, overflow="wrap")
    clip = evaluation.add_noise(images, case, seed=0, overflow="clip")
    assert (wrap == images).all() and (clip == 255).all()


def test_chapter_6_exercise_5():
    low, high = evaluation.Score(9870, 10_000).interval()
    assert not low < 0.9817 < high
    assert paper.TABLE_3[0].without == 98.7 and paper.TABLE_4[0].without == 98.17


def test_chapter_7_exercise_1():
    drawn = noise.draw_impulse((400_000,), 0.2, 50, rng=0)
    assert abs(drawn.mean() - 10) < 0.1 and abs(drawn.std() - 20) < 0.1


def test_chapter_7_exercise_2():
    for grey in (0, 200):
        flat = np.full(400_000, grey, np.uint8)
        noisy = noise.salt_and_pepper(flat, 0.3, rng=0)
        assert abs(noisy.mean() - (0.7 * grey + 127.5 * 0.3)) < 0.5


def test_chapter_7_exercise_3():
    black = np.zeros(100_000, np.uint8)
    one = noise.additive_impulse(black, 0.5, 100, overflow="clip", rng=0)
    other = noise.additive_gaussian(black, 50, 50, overflow="clip", rng=0)
    assert set(one.tolist()) == {0, 100}
    assert len(set(other.tolist())) > 150 and other.max() > 200


def test_chapter_7_exercise_4():
    low, high = evaluation.Score(5909, 10_000).interval()
    assert 0.008 < 0.5909 - low < 0.012 and 0.008 < high - 0.5909 < 0.012


def test_chapter_7_exercise_5():
    from scipy.ndimage import median_filter

    ground = np.zeros((300, 300), np.uint8)

    def filtered(noisy):
        return median_filter(noisy, size=3)

    for p, level in [(0.3, 0), (0.7, 100)]:
        noisy = noise.additive_impulse(ground, p, 100, overflow="clip", rng=0)
        assert (filtered(noisy) == level).mean() > 0.85
    salted = noise.salt_and_pepper(ground, 0.3, rng=0)
    assert (filtered(salted) == 0).mean() > 0.98


def test_chapter_8_exercise_1():
    assert round(norm.sf(6, 25, 5), 4) == 0.9999
    assert round(norm.sf(31, 25, 5), 3) == 0.115
    assert 250 + 5 == 255 and 225 + 30 == 255


def test_chapter_8_exercise_3(sample):
    images = sample.images[::50]
    ground = images == 0
    rippled = [
        (data.through_jpeg(images, quality=quality)[ground] > 0).mean()
        for quality in (75, 95)
    ]
    assert rippled[1] < rippled[0]


def test_chapter_8_exercise_4():
    tiny = np.array([[[0, 60], [90, 200]]], np.uint8)
    one = layers.Standardize("image")
    np.testing.assert_allclose(one(tiny), one(tiny + 50), atol=1e-5)
