"""What the solutions to the exercises say is true. Each test names its exercise."""

import re
import textwrap

import keras
import numpy as np
import pytest
from scipy.stats import norm, t

from pixembed import (
    ablation,
    attacks,
    data,
    effects,
    evaluation,
    layers,
    networks,
    noise,
    paper,
    recipes,
    results,
    weights,
)
from pixembed.statistics import difference, pool, summarise
from pixembed.widgets.lab import DIGITS, NETWORKS
from tools.notebooks import ROOT, code_cells, read


@pytest.fixture(scope="module")
def split(sample):
    return data.split_sample(sample)


@pytest.fixture(scope="module")
def statistics(split):
    return split[0].images.mean(), split[0].images.std()


@pytest.fixture(scope="module")
def model(split):
    built = networks.build(recipes.TEXT["pixel_embedding"], seed=0)
    networks.adapt(built, split[0].images)
    return built


@pytest.fixture(scope="module")
def right(sample):
    """The share of 1,000 images that a network of recipe `text` answers rightly."""

    def count(model, case, overflow):
        images, labels = sample.images[::5], sample.labels[::5]
        options = {"seed": 0, "overflow": overflow}
        return evaluation.accuracy(model, images, labels, case, **options).accuracy

    return count


def chapter_cell(chapter, first_words):
    """The source of the chapter's code cell that begins with these words."""
    cells = code_cells(read(ROOT / "chapters" / chapter))
    (found,) = [c.source for c in cells if c.source.startswith(first_words)]
    return found


def block(chapter, words):
    """The block of code with these words in a text cell of the chapter."""
    texts = [c.source for c in read(ROOT / "chapters" / chapter).cells]
    blocks = [
        b for text in texts for b in re.findall(r"```python\n(.*?)```", text, re.S)
    ]
    (found,) = [b for b in blocks if words in b]
    return textwrap.dedent(found)


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
    train, test = (part.images.astype("float32") for part in split)
    normalize = keras.layers.Normalization(axis=None)
    normalize.adapt(train)
    standardize = layers.Standardize()
    standardize.adapt(train)
    bounds = [k / 1000 for k in range(-1000, 1001) if k]
    assert len(bounds) == 2000
    discretize = keras.layers.Discretization(bin_boundaries=bounds)
    oracle = np.asarray(discretize(normalize(test)))
    assert (oracle != np.asarray(layers.Quantize()(standardize(test)))).mean() < 1e-3


def test_chapter_4_exercises_1_and_2():
    names = run(chapter_cell("04_network.ipynb", "image = np.array"), np=np)
    assert (np.pad(names["image"], 1)[1:4, 2:5] * names["kernel"]).sum() == 27
    recipe = recipes.TEXT["pixel_embedding"].with_options(width=8)
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


def test_chapter_4_exercise_4(monkeypatch):
    def parameters(channels):
        return 9 * channels**2 + 501 * channels + 10

    assert parameters(64) == 68_938
    assert min(range(1, 300), key=lambda c: abs(parameters(c) - 233_290)) == 136
    monkeypatch.setattr(networks, "NETWORKS", {**networks.NETWORKS})
    source = block("04_network.ipynb", "def wide")
    names = run(source, networks=networks, recipes=recipes)
    built = networks.build(names["recipe"], seed=0)
    assert built.count_params() == parameters(136) + 2


def test_chapter_5_exercise_1():
    loss = -np.log([1 / 2, 1 / 4])
    assert loss.round(3).tolist() == [0.693, 1.386]


def mean_share(recipe, arm, cases, overflow):
    """The mean over seeds and cases, in per cent, and its interval."""
    counts = [found for found in results.read(recipe) if found.arm == arm]
    pooled = pool(counts, cases)
    found = summarise(pooled, overflow=overflow)
    return 100 * np.array([found.mean, found.low, found.high])


def test_chapter_5_exercise_3():
    cases = [case for case in ablation.NOISY_CASES if case.kind == "impulse"]
    assert len(cases) == 5
    four, wide = (
        mean_share("sweeps-fast", f"width-{width}", cases, "wrap") for width in (4, 64)
    )
    assert four == pytest.approx([73, 58, 87], abs=0.6)
    assert wide[0] == pytest.approx(82, abs=0.5)


@pytest.mark.parametrize(
    ("cases", "overflow", "shares"),
    [
        (paper.GAUSSIAN_CASES, "clip", (74, 91, 74)),
        (paper.IMPULSE_CASES, "clip", (72, 93, 94)),
        (paper.GAUSSIAN_CASES, "wrap", (38, 57, 36)),
        (paper.IMPULSE_CASES, "wrap", (53, 76, 84)),
    ],
)
def test_chapter_5_exercise_4(cases, overflow, shares):
    found = [mean_share("fast", arm, cases, overflow)[0] for arm in paper.ARMS]
    assert found == pytest.approx(shares, abs=0.5)


def test_chapter_6_exercise_1(sample):
    drawn = noise.draw_gaussian((400_000,), 1, 1, rng=0)
    assert abs((drawn < 0).mean() - 0.0228) < 0.001
    assert 25 < (sample.images == 0).mean() * 784 / 25 < 26  # about 630
    assert noise.apply_additive(
        np.zeros(2, np.uint8), np.array([-1, -2]), overflow="wrap"
    ).tolist() == [255, 254]


@pytest.mark.parametrize(("mean", "stars"), [(1, 14), (2, 0.8), (3, 0.02)])
def test_chapter_6_exercise_2(mean, stars):
    share = norm.cdf(-1, mean, 1)
    assert 630 * share == pytest.approx(stars, rel=0.1)


def test_chapter_6_exercise_2_measured(right):
    wanted = {"plain": (62, 90, 83, 67), "pixel_embedding": (92, 70, 44, 38)}
    for arm, shares in wanted.items():
        model = weights.load(f"text-{arm}-0")
        found = [right(model, paper.gaussian(m, 1), "wrap") for m in (1, 2, 3, 5)]
        assert [100 * share for share in found] == pytest.approx(shares, abs=1.5)


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


def test_chapter_7_exercise_3_measured(right):
    wanted = {"plain": (44, 47), "standardised": (72, 72), "pixel_embedding": (97, 50)}
    cases = paper.impulse(0.5, 100), paper.gaussian(50, 50)
    for arm, shares in wanted.items():
        model = weights.load(f"text-{arm}-0")
        found = [100 * right(model, case, "clip") for case in cases]
        assert found == pytest.approx(shares, abs=1.5)


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


def test_chapter_8_exercise_2(right):
    shares = {
        arm: right(weights.load(f"text-{arm}-0"), paper.gaussian(1, 1), "wrap")
        for arm in paper.ARMS
    }
    assert shares["standardised"] > shares["pixel_embedding"] - 0.02
    assert shares["pixel_embedding"] > shares["plain"] + 0.15


def test_chapter_8_exercise_3(sample):
    images = sample.images[::5]
    ground = images == 0
    ripple = [data.through_jpeg(images, quality=q)[ground] for q in (75, 95)]
    assert [round((grey > 0).mean(), 3) for grey in ripple] == [0.234, 0.197]
    assert [round(grey[grey > 0].mean(), 1) for grey in ripple] == [6.5, 1.9]


def test_chapter_8_exercise_4(right):
    tiny = np.array([[[0, 60], [90, 200]]], np.uint8)
    one = layers.Standardize("image")
    np.testing.assert_allclose(one(tiny), one(tiny + 50), atol=1e-5)
    trained = weights.load("text-pixel_embedding-0")
    own = networks.with_statistics(trained, "image")
    assert 0.8 < right(own, paper.CLEAN, "clip") < 0.93
    impulses = paper.impulse(0.5, 50)
    from_train = right(trained, impulses, "clip")
    assert 0.65 < right(own, impulses, "clip") < from_train - 0.1


CHAPTER_9 = "09_what_it_learned.ipynb"


def names_of_chapter_9(*starts):
    source = "\n".join(chapter_cell(CHAPTER_9, start) for start in starts)
    return run(source, np=np)


@pytest.fixture(scope="module")
def first_embedding(sample):
    """The first network of chapter 9, its tables, and its accuracy with another."""
    name = "text-pixel_embedding-0"
    model = weights.load(name)
    layer = model.get_layer("pixel_embedding")
    start = networks.build(weights.available()[name].recipe, seed=0)
    before = start.get_layer("pixel_embedding").table.get_weights()[0]
    after = layer.table.get_weights()[0]
    used = np.unique(layer.tokens(np.arange(256, dtype=np.uint8)[None, None]))
    images, labels = sample.images[::5], sample.labels[::5]

    def accuracy(table, *gaussian):
        layer.table.set_weights([table])
        case = paper.gaussian(*gaussian) if gaussian else paper.CLEAN
        options = {"seed": 0, "overflow": "clip"}
        return evaluation.accuracy(model, images, labels, case, **options).accuracy

    return model, before, after, used, accuracy


def test_chapter_9_exercise_1():
    names = names_of_chapter_9("def cosine", "def pca", "def effective")
    vectors = np.array([[1.0, 2, 2], [2, 2, 1]])
    assert names["cosine"](vectors)[0, 1] == pytest.approx(8 / 9)
    axes = np.diag(np.sqrt([2.0, 1, 1]))
    spread = np.concatenate([axes, -axes])
    assert names["effective_dimension"](spread) == pytest.approx(8 / 3)


def test_chapter_9_exercise_2():
    names = names_of_chapter_9("def cosine")
    function = chapter_cell(CHAPTER_9, "def nearest").split("\n\n\n")[0]
    nearest = run(function, np=np, cosine=names["cosine"])["nearest"]
    rng = np.random.default_rng(0)
    wide, narrow = (
        nearest(rng.uniform(-1, 1, (113, width)))[1].mean() for width in (64, 2)
    )
    assert 0.27 < wide < 0.35 and narrow > 0.99
    assert round(360 / 113) == 3


def test_chapter_9_exercise_3(first_embedding):
    _, before, after, used, accuracy = first_embedding
    between = used[1:-1]
    change, alike = after.copy(), after.copy()
    change[between] -= before[between]
    alike[between] = after[between].mean(axis=0)
    for case in [(25, 5), (75, 15)]:
        assert accuracy(change, *case) > accuracy(after, *case) + 0.1
        assert accuracy(change, *case) == pytest.approx(
            accuracy(alike, *case), abs=0.03
        )


def test_chapter_9_exercise_4(first_embedding):
    _, _, after, used, accuracy = first_embedding
    share = (np.arange(len(used)) / (len(used) - 1))[:, None]
    line, threshold = after.copy(), after.copy()
    line[used] = (1 - share) * after[used[0]] + share * after[used[-1]]
    threshold[used[:56]] = after[used[0]]
    threshold[used[56:]] = after[used[-1]]
    assert accuracy(threshold) == pytest.approx(accuracy(after), abs=0.02)
    assert accuracy(threshold, 25, 5) == pytest.approx(accuracy(line, 25, 5), abs=0.02)
    assert accuracy(threshold, 75, 15) < 0.2 < accuracy(line, 75, 15) - 0.05


def test_chapter_9_exercise_5(first_embedding):
    model, _, after, used, _ = first_embedding
    kernel = np.asarray(model.get_layer("convolution_1").kernel)
    kernel = np.moveaxis(kernel, 2, 0).reshape(64, -1)
    black, *between, last = np.linalg.norm(after[used] @ kernel, axis=1)
    assert 2.7 < last / np.median(between) < 3.7
    assert 1.7 < black / np.median(between) < 2.7


@pytest.fixture(scope="module")
def lab_shares(sample):
    """The share of the lab's digits that each network reads, under a case."""
    images, labels = sample.images[DIGITS], sample.labels[DIGITS]
    models = {name: weights.load(stored) for name, stored in NETWORKS.items()}

    def shares(case, overflow="clip"):
        options = {"seed": 0, "overflow": overflow}
        return {
            name: evaluation.accuracy(model, images, labels, case, **options).accuracy
            for name, model in models.items()
        }

    return shares


def assert_only_the_fourth_reads(shares):
    *others, fourth = shares.values()
    assert max(others) < 0.25 and fourth > 0.95


def test_lab_exercise_1(lab_shares):
    clipped = lab_shares(paper.gaussian(50, 0))
    assert min(clipped.values()) > 0.8 and clipped["neighbour distances"] > 0.95
    assert_only_the_fourth_reads(lab_shares(paper.gaussian(50, 0), "wrap"))


def test_lab_exercise_2(lab_shares):
    clean = lab_shares(paper.CLEAN)
    assert lab_shares(paper.gaussian(-1, 0)) == pytest.approx(clean, abs=0.01)
    assert_only_the_fourth_reads(lab_shares(paper.gaussian(-1, 0), "wrap"))


def test_lab_exercise_3(lab_shares):
    assert lab_shares(paper.impulse(0.3, 100))["plain"] < 2 / 3
    assert lab_shares(paper.impulse(0.3, -100))["plain"] > 0.95


@pytest.mark.parametrize("amount", [0.1, 0.2, 0.3, 0.4])
def test_lab_exercise_4(amount, lab_shares):
    settings = (("amount", amount), ("salt_vs_pepper", 0.5))
    shares = lab_shares(noise.Case("salt_and_pepper", settings))
    in_order = [shares[name] for name in NETWORKS]
    assert in_order == sorted(in_order)
    if amount == 0.2:
        assert shares["plain"] < 0.5
        assert shares["pixel embedding"] > 0.8


def test_lab_exercise_4_at_the_end(lab_shares):
    def shares(amount):
        settings = (("amount", amount), ("salt_vs_pepper", 0.5))
        return lab_shares(noise.Case("salt_and_pepper", settings))

    half = shares(0.5)
    assert abs(half["plain"] - half["standardised"]) < 0.06
    assert half["neighbour distances"] == pytest.approx(0.9, abs=0.03)
    assert max(shares(1).values()) < 0.2


def test_lab_exercise_5():
    empty = np.zeros((1, 28, 28), np.uint8)
    for name, stored in NETWORKS.items():
        (probabilities,) = networks.probabilities(weights.load(stored), empty)
        if name in ("plain", "neighbour distances"):
            assert np.ptp(probabilities) < 0.05
        else:
            assert probabilities.argmax() == 1
            assert probabilities[1] > 0.8


def test_lab_exercise_6(sample):
    images, labels = sample.images[DIGITS], sample.labels[DIGITS]
    noisy = evaluation.add_noise(images, paper.gaussian(5, 1), seed=0, overflow="wrap")
    right = {
        arm: networks.probabilities(weights.load(f"text-{arm}-0"), noisy).argmax(1)
        == labels
        for arm in ("plain", "pixel_embedding")
    }
    assert (right["plain"] & ~right["pixel_embedding"]).any()


def test_lab_exercise_7(lab_shares):
    clipped = lab_shares(noise.gaussian(0, 60))
    plain, standardised, embedding, fourth = (clipped[name] for name in NETWORKS)
    assert max(plain, fourth) < 0.8 < min(standardised, embedding)
    assert abs(plain - fourth) < 0.1
    for deviation, low, high in ((20, 0.9, 1), (45, 0, 0.4)):
        *others, fourth = lab_shares(noise.gaussian(0, deviation), "wrap").values()
        assert low < fourth < high and fourth > max(others)


def test_chapter_10_exercise_1():
    digits = np.array([[60, 66], [90, 88]])
    vector, clip = digits[:, 1] - digits[:, 0], digits[1] - digits[0]
    assert vector.tolist() == [6, -2] and clip.tolist() == [30, 22]
    assert (vector.mean(), clip.mean(), vector[0] - vector[1]) == (2, 26, 8)


@pytest.fixture(scope="module")
def factorial():
    return results.read("ablation-fast")


def test_chapter_10_exercise_2(factorial):
    counts = {
        coding: {
            (r.seed, r.overflow, r.case): r.correct
            for r in factorial
            if r.arm == f"{coding}-range"
        }
        for coding in ("raw", "clipped", "quantised")
    }
    assert counts["raw"] == counts["clipped"]
    mean = {coding: np.mean([*found.values()]) for coding, found in counts.items()}
    assert mean["raw"] == pytest.approx(mean["quantised"], abs=10)


def test_chapter_10_exercise_3(factorial):
    table = effects.frame(factorial, ablation.NOISY_CASES)
    step = ("statistics", "train", "range")
    number, trained = (
        effects.effect(table, *step, coding=coding, overflow="wrap")
        for coding in ("raw", "trained")
    )
    both = effects.interaction(
        table, step, ("coding", "trained", "raw"), overflow="wrap"
    )
    found = [(one.mean, one.low, one.high) for one in (number, trained)]
    np.testing.assert_allclose(
        found, [(-0.017, -0.052, 0.019), (0.274, 0.235, 0.313)], atol=0.0005
    )
    assert round(100 * both.mean, 1) == 29.0
    assert both.mean == pytest.approx(trained.mean - number.mean)
    clip = difference(
        results.read("sweeps-fast"),
        ablation.NOISY_CASES,
        "limit-1000",
        "limit-3000",
        "wrap",
    )
    assert clip.mean > trained.mean / 2


def test_chapter_10_exercise_4(sample):
    images = sample.images[::79][:64]
    shifted = images.copy()
    shifted[:32] = np.minimum(images[:32].astype(int) + 50, 255)
    assert 22 < shifted.mean() - images.mean() < 26
    before, after = (
        np.asarray(layers.Standardize("batch")(x)) for x in (images, shifted)
    )
    ground = images == 0
    assert (after[:32][ground[:32]] > before[:32][ground[:32]] + 0.2).all()
    assert (after[32:][ground[32:]] < before[32:][ground[32:]] - 0.2).all()


def test_chapter_10_exercise_5():
    rng = np.random.default_rng(0)
    table, tokens = rng.uniform(-1, 1, (2001, 16)), np.array([0, 588, 2000])
    np.testing.assert_array_equal(np.eye(2001)[tokens] @ table, table[tokens])


def test_chapter_10_exercise_6():
    half = [t.ppf(0.975, n - 1) * 2 / np.sqrt(n) for n in (5, 20)]
    assert np.round(half, 1).tolist() == [2.5, 0.9]


CHAPTER_13 = "13_other_data.ipynb"


def test_chapter_13_exercise_2(sample):
    images = sample.images[::10]
    layer = layers.NeighbourDistance(20, 64, axis="line")
    far = np.asarray(layer(images))
    assert np.median(far[far > 2]) == 23
    faint = (noise.contrast(images, factor, rng=0) for factor in (1, 0.1, 0.05))
    rims = [(np.asarray(layer(one)) > 2).mean() for one in faint]
    assert 0.35 < rims[1] / rims[0] < 0.65 and rims[2] < 0.05 * rims[0]


def test_chapter_13_exercise_3(sample):
    images = sample.images[::500]
    front_end = recipes.NEIGHBOURS["neighbours"].options
    layer = layers.NeighbourDistance(
        front_end["neighbours"], front_end["radii"], axis="line"
    )
    np.testing.assert_array_equal(layer(images), layer(255 - images))


def test_chapter_13_exercise_4():
    names = {"networks": networks, "layers": layers}
    names = run(block(CHAPTER_13, "colours = "), **names)
    front_end, shared = names["front_end"], layers.PixelEmbedding(4)
    shared.build((None, 28, 28, 3))
    assert front_end.output.shape == (None, 28, 28, 12)
    trained = [
        sum(np.prod(w.shape) for w in m.trainable_weights) for m in (front_end, shared)
    ]
    assert trained[0] - trained[1] == 16_008


def test_chapter_14_exercise_1():
    pixels, own = np.array([100, 10, 7, 20]), np.array([2, -1, 0, 3])
    scores = [
        (own * np.clip(pixels - e * np.sign(own), 0, 255)).sum() for e in range(65)
    ]
    assert [scores[e] for e in (0, 1, 20, 63, 64)] == [250, 244, 130, 1, -2]


def test_chapter_14_exercise_3():
    bits = attacks.table_of(weights.load("attacked-thermometer-0").layers[1])
    climbs = np.flatnonzero(np.diff(bits.sum(axis=1))) + 1
    seen = np.flatnonzero(np.abs(attacks.slopes(bits, 1)).sum(axis=1))
    np.testing.assert_array_equal(seen, np.sort([*climbs - 1, *climbs]))
    assert (len(climbs), len(seen), set(np.diff(climbs))) == (15, 30, {16})


def test_chapter_14_exercise_4():
    sure = 1 / (1 + np.exp(-np.float32([16, 17])))
    assert sure[0] < 1 == sure[1]


CHAPTER_16 = "16_monday.ipynb"


def test_chapter_16_exercise_1(sample):
    images = sample.images[::5]
    names = run(block(CHAPTER_16, "def has_wrapped"))
    wrong, white = [], {"clip": [], "wrap": []}
    for case in paper.NOISY_CASES:
        for overflow, shares in white.items():
            noisy = evaluation.add_noise(images, case, seed=0, overflow=overflow)
            shares.append((noisy == 255).mean())
            if names["has_wrapped"](noisy) != (overflow == "wrap"):
                wrong.append((case, overflow))
    assert wrong == [(paper.gaussian(1, 1), "wrap")]
    assert round((images == 255).mean(), 3) == 0.006
    assert round(min(white["clip"]), 3) == 0.014
    stars, *others = white["wrap"]
    assert round(stars, 3) == 0.031 and max(others) < 0.006


def test_chapter_16_exercise_2():
    found = summarise(
        results.read("neighbours"), overflow="wrap", case=paper.impulse(0.8, 100).key
    )
    assert (found.seeds, found.total) == (5, 10_000)
    shares = found.mean, found.low, found.high, found.smallest, found.largest
    assert [round(100 * share, 1) for share in shares] == [97.6, 97.5, 97.7, 97.6, 97.8]


def test_chapter_16_exercise_3():
    plain = [
        100 * found.accuracy
        for found in pool(results.read("code"), paper.NOISY_CASES)
        if (found.arm, found.overflow) == ("plain", "wrap")
    ]
    deviation = np.std(plain, ddof=1)
    half = {n: t.ppf(0.975, n - 1) * deviation / np.sqrt(n) for n in range(2, 60)}
    assert (len(plain), round(deviation, 1), round(half[5], 1)) == (5, 5.6, 7.0)
    assert min(n for n in half if half[n] <= 2) == 34
