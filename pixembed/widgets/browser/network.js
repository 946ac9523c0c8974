// The networks of recipe `text`: grey levels to vectors, then Table 1 of the paper. A grey level has one vector, whatever
// the arm, so vectors and first convolution fold into sums of rows that are computed once.
import { CLASSES, SIDE } from "./panels.js";

const LEVELS = 256;
const CHANNELS = 64;
const TAPS = 9;
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

// ---- From grey level to vector

// Every step in single precision, as in pixembed.layers: tokens hang on the last digits.
function standardised(level, { mean, deviation }) {
  const factor = Math.min(Math.fround(1 / deviation), Math.fround(1 / SMALLEST_DEVIATION));
  return Math.fround(Math.fround(level - mean) * factor);
}

export function tokensOfLevels({ mean, deviation, scale, limit }) {
  return Array.from({ length: LEVELS }, (_, level) => {
    const scaled = Math.fround(standardised(level, { mean, deviation }) * scale);
    return Math.trunc(Math.min(Math.max(scaled, -limit), limit)) + limit;
  });
}

function vectorsOfLevels(arm) {
  if (arm.table) {
    const table = numbersFrom(arm.table);
    const width = table.length / (2 * arm.limit + 1);
    return tokensOfLevels(arm).map((token) => table.subarray(token * width, (token + 1) * width));
  }
  return Array.from({ length: LEVELS }, (_, level) => [arm.standardised ? standardised(level, arm) : level]);
}

// Row (tap, level): what a pixel of that level adds to the 64 sums of the place that sees it through that tap.
function foldedRows(vectors, kernel) {
  const rows = new Float32Array(TAPS * LEVELS * CHANNELS);
  const width = vectors[0].length;
  for (let tap = 0; tap < TAPS; tap += 1) {
    for (let level = 0; level < LEVELS; level += 1) {
      const start = (tap * LEVELS + level) * CHANNELS;
      for (let input = 0; input < width; input += 1) {
        const from = (tap * width + input) * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel += 1) {
          rows[start + channel] += vectors[level][input] * kernel[from + channel];
        }
      }
    }
  }
  return rows;
}

// ---- The layers

// Calls back with (place, tap, neighbour) wherever a 3×3 kernel meets the picture.
function eachTap(side, use) {
  for (let place = 0; place < side * side; place += 1) {
    const row = Math.floor(place / side);
    const column = place % side;
    for (let tap = 0; tap < TAPS; tap += 1) {
      const y = row + Math.floor(tap / 3) - 1;
      const x = column + (tap % 3) - 1;
      if (y >= 0 && y < side && x >= 0 && x < side) use(place, tap, y * side + x);
    }
  }
}

function startFrom(bias, places) {
  const sums = new Float32Array(places * CHANNELS);
  for (let place = 0; place < places; place += 1) sums.set(bias, place * CHANNELS);
  return sums;
}

function lookUp(pixels, rows, bias) {
  const sums = startFrom(bias, SIDE * SIDE);
  eachTap(SIDE, (place, tap, neighbour) => {
    const from = (tap * LEVELS + pixels[neighbour]) * CHANNELS;
    const to = place * CHANNELS;
    for (let channel = 0; channel < CHANNELS; channel += 1) sums[to + channel] += rows[from + channel];
  });
  return sums;
}

function convolve(inputs, side, kernel, bias) {
  const sums = startFrom(bias, side * side);
  eachTap(side, (place, tap, neighbour) => {
    const to = place * CHANNELS;
    for (let input = 0; input < CHANNELS; input += 1) {
      const value = inputs[neighbour * CHANNELS + input];
      if (value === 0) continue;
      const from = (tap * CHANNELS + input) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel += 1) sums[to + channel] += value * kernel[from + channel];
    }
  });
  return sums;
}

// The largest of each 2×2 places, and 0 if all are negative: pooling and rectifier may change places.
function poolRectified(sums, side) {
  const half = side / 2;
  const pooled = new Float32Array(half * half * CHANNELS);
  for (let place = 0; place < side * side; place += 1) {
    const to = (Math.floor(place / side / 2) * half + Math.floor((place % side) / 2)) * CHANNELS;
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
    for (let digit = 0; digit < CLASSES; digit += 1) logits[digit] += value * kernel[place * CLASSES + digit];
  });
  return logits;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const odds = logits.map((logit) => Math.exp(logit - largest));
  const sum = odds.reduce((total, odd) => total + odd, 0);
  return odds.map((odd) => odd / sum);
}

// ---- The network

// Returns a function from 784 grey levels to 10 probabilities.
export function makeNetwork(arm) {
  const [kernel1, bias1, kernel2, bias2, kernel3, bias3] = arm.weights.map(numbersFrom);
  const rows = foldedRows(vectorsOfLevels(arm), kernel1);
  return (pixels) => {
    const first = poolRectified(lookUp(pixels, rows, bias1), SIDE);
    const second = poolRectified(convolve(first, SIDE / 2, kernel2, bias2), SIDE / 2);
    return softmax(connect(second, kernel3, bias3));
  };
}
