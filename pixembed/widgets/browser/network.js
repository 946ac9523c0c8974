// Trained networks: grey levels to vectors, then Table 1 of the paper. There are few vectors, whatever the front end, so vectors
// and first convolution fold into sums of rows that are computed once.
import { GREY_LEVELS, lastToken, neighbourTokensOfLevels, radiiOfEach } from "./neighbours.js";

const CHANNELS = 64;
const TAPS = 9;
const GROUP = 8;
const SMALLEST_DEVIATION = 1e-3;

// ---- Stored numbers

export function bytesFrom(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
}

// Little-endian half precision, as the package stores it.
export function numbersFrom(base64) {
  const view = new DataView(bytesFrom(base64).buffer);
  return Float32Array.from({ length: view.byteLength / 2 }, (_, place) => fromHalf(view.getUint16(2 * place, true)));
}

// A stored table, row by row.
export function rowsFrom(base64, count) {
  const numbers = numbersFrom(base64);
  const width = numbers.length / count;
  return Array.from({ length: count }, (_, place) => numbers.subarray(place * width, (place + 1) * width));
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

// ---- From grey levels to vectors

// Every step in single precision, as in pixembed.layers: tokens hang on the last digits.
function standardised(level, { mean, deviation }) {
  const factor = Math.min(Math.fround(1 / deviation), Math.fround(1 / SMALLEST_DEVIATION));
  return Math.fround(Math.fround(level - mean) * factor);
}

export function tokensOfLevels({ mean, deviation, scale, limit }) {
  return Array.from({ length: GREY_LEVELS }, (_, level) => {
    const scaled = Math.fround(standardised(level, { mean, deviation }) * scale);
    return Math.trunc(Math.min(Math.max(scaled, -limit), limit)) + limit;
  });
}

const EACH_LEVEL = Array.from({ length: GREY_LEVELS }, (_, level) => level);

// The grey level itself or standardised.
function numberFrontEnd(stored) {
  const numbers = EACH_LEVEL.map((level) => (stored.standardised ? standardised(level, stored) : level));
  return { vectors: numbers.map((number) => [number]), codesOf: () => EACH_LEVEL };
}

// The row of the level's token.
function tableFrontEnd(stored) {
  const last = 2 * stored.limit;
  const rows = rowsFrom(stored.table, last + 1);
  const tokens = tokensOfLevels(stored);
  return { vectors: tokens.map((token) => rows[token]), codesOf: () => EACH_LEVEL, tokensOf: () => tokens, last };
}

// One row for each k, from a table of its own. Which tokens a level has for all k is one code.
function neighboursFrontEnd(stored) {
  const sizes = radiiOfEach(stored).map((radii) => lastToken(radii) + 1);
  const rows = rowsFrom(stored.table, sum(sizes));
  let first = 0;
  let vectors = [[]];
  for (const size of sizes) {
    const own = rows.slice(first, first + size);
    vectors = vectors.flatMap((vector) => own.map((row) => [...vector, ...row]));
    first += size;
  }
  const ofAll = (pixels, combine) => {
    const tokens = neighbourTokensOfLevels(pixels, stored);
    return EACH_LEVEL.map((level) => tokens.reduce((result, ofLevels, place) => combine(result, ofLevels[level], sizes[place]), 0));
  };
  return {
    vectors,
    codesOf: (pixels) => ofAll(pixels, (code, token, size) => code * size + token),
    tokensOf: (pixels) => ofAll(pixels, (total, token) => total + token),
    last: sum(sizes) - sizes.length,
  };
}

// A vector for each grey level, made by a reader.
function rowsFrontEnd({ vectors }) {
  return { vectors, codesOf: () => EACH_LEVEL };
}

// By their names in the package, but for the last.
const FRONT_ENDS = { number: numberFrontEnd, pixel_embedding: tableFrontEnd, neighbours: neighboursFrontEnd, rows: rowsFrontEnd };

// What stands for a pixel. `vectors` has one for each code, and `codesOf` tells the code of each grey level in a picture. If
// there are tokens, `tokensOf` tells them for each grey level, 0 to `last`; several of one level are added up.
export function makeFrontEnd(stored) {
  return FRONT_ENDS[stored.front_end](stored);
}

// Row (tap, code): what a pixel of that code adds to the 64 sums of the place that sees it through that tap.
function foldedRows(vectors, kernel) {
  const codes = vectors.length;
  const width = vectors[0].length;
  const rows = new Float32Array(TAPS * codes * CHANNELS);
  for (let tap = 0; tap < TAPS; tap += 1) {
    for (let code = 0; code < codes; code += 1) {
      const start = (tap * codes + code) * CHANNELS;
      for (let input = 0; input < width; input += 1) {
        const from = (tap * width + input) * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel += 1) {
          rows[start + channel] += vectors[code][input] * kernel[from + channel];
        }
      }
    }
  }
  return rows;
}

// ---- The layers

// Calls back with (tap, neighbour) wherever a 3×3 kernel around a place meets the picture.
function eachTap(place, [height, width], use) {
  const row = Math.floor(place / width);
  const column = place % width;
  for (let tap = 0; tap < TAPS; tap += 1) {
    const y = row + Math.floor(tap / 3) - 1;
    const x = column + (tap % 3) - 1;
    if (y >= 0 && y < height && x >= 0 && x < width) use(tap, y * width + x);
  }
}

function startFrom(bias, [height, width]) {
  const sums = new Float32Array(height * width * CHANNELS);
  for (let place = 0; place < height * width; place += 1) sums.set(bias, place * CHANNELS);
  return sums;
}

function lookUp(codes, shape, rows, bias) {
  const sums = startFrom(bias, shape);
  const rowsOfTap = rows.length / TAPS;
  for (let place = 0; place < codes.length; place += 1) {
    const to = place * CHANNELS;
    eachTap(place, shape, (tap, neighbour) => {
      const from = tap * rowsOfTap + codes[neighbour] * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel += 1) sums[to + channel] += rows[from + channel];
    });
  }
  return sums;
}

// The rows of a kernel in groups of eight channels: what is summed together lies together.
function grouped(kernel) {
  const rows = kernel.length / CHANNELS;
  return Float64Array.from(kernel, (_, place) => {
    const group = Math.floor(place / (rows * GROUP));
    const row = Math.floor(place / GROUP) % rows;
    return kernel[row * CHANNELS + group * GROUP + (place % GROUP)];
  });
}

// Gathers what a place sees and is not 0, then sums the channels of a group at a time: this is most of the work of a network.
function convolve(inputs, shape, kernel, bias) {
  const sums = startFrom(bias, shape);
  const values = new Float64Array(TAPS * CHANNELS);
  const rows = new Int32Array(TAPS * CHANNELS);
  for (let place = 0; place < shape[0] * shape[1]; place += 1) {
    let seen = 0;
    eachTap(place, shape, (tap, neighbour) => {
      for (let input = 0; input < CHANNELS; input += 1) {
        const value = inputs[neighbour * CHANNELS + input];
        if (value === 0) continue;
        values[seen] = value;
        rows[seen] = (tap * CHANNELS + input) * GROUP;
        seen += 1;
      }
    });
    for (let group = 0; group < CHANNELS / GROUP; group += 1) {
      addProducts(sums, place * CHANNELS + group * GROUP, { values, rows, seen, kernel, start: group * TAPS * CHANNELS * GROUP });
    }
  }
  return sums;
}

function addProducts(sums, to, { values, rows, seen, kernel, start }) {
  let [sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let place = 0; place < seen; place += 1) {
    const value = values[place];
    const from = start + rows[place];
    sum0 += value * kernel[from];
    sum1 += value * kernel[from + 1];
    sum2 += value * kernel[from + 2];
    sum3 += value * kernel[from + 3];
    sum4 += value * kernel[from + 4];
    sum5 += value * kernel[from + 5];
    sum6 += value * kernel[from + 6];
    sum7 += value * kernel[from + 7];
  }
  sums[to] += sum0;
  sums[to + 1] += sum1;
  sums[to + 2] += sum2;
  sums[to + 3] += sum3;
  sums[to + 4] += sum4;
  sums[to + 5] += sum5;
  sums[to + 6] += sum6;
  sums[to + 7] += sum7;
}

function halved([height, width]) {
  return [Math.floor(height / 2), Math.floor(width / 2)];
}

// The largest of each 2×2 places, and 0 if all are negative: pooling and rectifier may change places.
function poolRectified(sums, shape) {
  const [height, width] = halved(shape);
  const pooled = new Float32Array(height * width * CHANNELS);
  for (let place = 0; place < shape[0] * shape[1]; place += 1) {
    const row = Math.floor(place / shape[1] / 2);
    const column = Math.floor((place % shape[1]) / 2);
    if (row >= height || column >= width) continue;
    const to = (row * width + column) * CHANNELS;
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      const value = sums[place * CHANNELS + channel];
      if (value > pooled[to + channel]) pooled[to + channel] = value;
    }
  }
  return pooled;
}

function connect(inputs, kernel, bias) {
  const logits = Array.from(bias);
  inputs.forEach((value, place) => {
    if (value === 0) return;
    for (let known = 0; known < logits.length; known += 1) logits[known] += value * kernel[place * logits.length + known];
  });
  return logits;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const odds = logits.map((logit) => Math.exp(logit - largest));
  const all = sum(odds);
  return odds.map((odd) => odd / all);
}

// ---- The network

// Returns a function from the grey levels of a picture, of shape [height, width], to the probabilities of the classes.
export function makeNetwork(stored, shape) {
  const [kernel1, bias1, kernel2, bias2, kernel3, bias3] = stored.weights.map(numbersFrom);
  const { vectors, codesOf } = makeFrontEnd(stored);
  const rows = foldedRows(vectors, kernel1);
  const groups = grouped(kernel2);
  return (pixels) => {
    const ofLevels = codesOf(pixels);
    const codes = Uint32Array.from(pixels, (level) => ofLevels[level]);
    const first = poolRectified(lookUp(codes, shape, rows, bias1), shape);
    const second = poolRectified(convolve(first, halved(shape), groups, bias2), halved(shape));
    return softmax(connect(second, kernel3, bias3));
  };
}
