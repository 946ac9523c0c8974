// The noises of pixembed.noise, drawn and applied in the browser. Pixels are Uint8Arrays of grey levels.

// Numbers from 0 to below 1 that follow from a seed: a counter, its bits mixed.
export function randomFrom(seed) {
  let counter = seed | 0;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let bits = counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
}

// ---- Drawing

// Two normal numbers at a time, by Box and Muller's transformation.
function normalPair(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

export function drawGaussian(count, { mean, std }, random) {
  const offsets = new Int32Array(count);
  for (let place = 0; place < count; place += 2) {
    const [one, two] = normalPair(random);
    offsets[place] = Math.trunc(mean + std * one);
    if (place + 1 < count) offsets[place + 1] = Math.trunc(mean + std * two);
  }
  return offsets;
}

export function drawImpulse(count, { probability, value }, random) {
  return Int32Array.from({ length: count }, () => (random() < probability ? value : 0));
}

// 1 is white, -1 black, 0 unchanged.
export function drawSaltAndPepper(count, { amount, salt_vs_pepper: salt }, random) {
  return Int32Array.from({ length: count }, () => {
    const uniform = random();
    if (uniform >= amount) return 0;
    return uniform < amount * salt ? 1 : -1;
  });
}

// ---- Applying

export function applyAdditive(pixels, offsets, overflow) {
  if (overflow === "wrap") return pixels.map((level, place) => (level + offsets[place]) & 255);
  return pixels.map((level, place) => Math.min(Math.max(level + offsets[place], 0), 255));
}

export function applySaltAndPepper(pixels, replaced) {
  return pixels.map((level, place) => [0, level, 255][replaced[place] + 1]);
}

// ---- Both

// The noises that the lab offers, by the names of pixembed.noise.
export const NOISES = {
  gaussian: { draw: drawGaussian, apply: applyAdditive },
  impulse: { draw: drawImpulse, apply: applyAdditive },
  salt_and_pepper: { draw: drawSaltAndPepper, apply: applySaltAndPepper },
};

export function addNoise(pixels, { kind, parameters, overflow }, seed) {
  if (kind === "none") return pixels;
  const { draw, apply } = NOISES[kind];
  return apply(pixels, draw(pixels.length, parameters, randomFrom(seed)), overflow);
}
