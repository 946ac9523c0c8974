// Distances to the k-th nearest neighbour in grey, as pixembed.layers.NeighbourDistance takes them. They need nothing but the pixels.

export const GREY_LEVELS = 256;
const FARTHEST = { circle: GREY_LEVELS / 2, line: GREY_LEVELS - 1 };

export function countLevels(pixels) {
  const counts = new Uint32Array(GREY_LEVELS);
  for (const level of pixels) counts[level] += 1;
  return counts;
}

// How far two grey levels lie apart.
export function levelsApart(one, other, axis) {
  const apart = Math.abs(one - other);
  return axis === "line" ? apart : Math.min(apart, GREY_LEVELS - apart);
}

// How many pixels lie just so many grey levels away from a level.
function countAt(counts, level, apart, axis) {
  if (apart === 0) return counts[level];
  if (axis === "line") return (counts[level - apart] ?? 0) + (counts[level + apart] ?? 0);
  const [below, above] = [level - apart, level + apart].map((other) => (other + GREY_LEVELS) % GREY_LEVELS);
  return below === above ? counts[below] : counts[below] + counts[above];
}

// How far a pixel of some level has to go to meet k others; Infinity where there are not so many.
export function neighbourDistance(counts, level, k, axis) {
  let others = -1;
  for (let apart = 0; apart <= FARTHEST[axis]; apart += 1) {
    others += countAt(counts, level, apart, axis);
    if (others >= k) return apart;
  }
  return Infinity;
}

// `radii` is the largest token, or ascending radii: then a token is how many of them are too short.
export function tokenOfDistance(distance, radii) {
  return Array.isArray(radii) ? radii.filter((radius) => radius < distance).length : Math.min(distance, radii);
}

// The tokens go from 0 to this one.
export function lastToken(radii) {
  return tokenOfDistance(Infinity, radii);
}

// Radii in lists are those of each k; others are those of all.
export function radiiOfEach({ neighbours, radii }) {
  return Array.isArray(radii?.[0]) ? radii : [neighbours].flat().map(() => radii);
}

// From the grey levels of one image, a Uint8Array, to the token of each of the 256 levels, for each k in `neighbours`.
export function neighbourTokensOfLevels(pixels, { neighbours, radii, axis }) {
  const counts = countLevels(pixels);
  const own = radiiOfEach({ neighbours, radii });
  return [neighbours].flat().map((k, place) =>
    Array.from(counts, (count, level) => (count > 0 ? tokenOfDistance(neighbourDistance(counts, level, k, axis), own[place]) : 0)),
  );
}

// The same for each pixel.
export function neighbourTokens(pixels, options) {
  return neighbourTokensOfLevels(pixels, options).map((ofLevels) => Uint8Array.from(pixels, (level) => ofLevels[level]));
}
