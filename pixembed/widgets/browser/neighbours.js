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

// From the grey levels of one image, a Uint8Array, to an array of tokens for each k in `neighbours`.
export function neighbourTokens(pixels, { neighbours, radii, axis }) {
  const counts = countLevels(pixels);
  return [neighbours].flat().map((k) => {
    const ofLevels = Array.from(counts, (count, level) =>
      count > 0 ? tokenOfDistance(neighbourDistance(counts, level, k, axis), radii) : 0,
    );
    return Uint8Array.from(pixels, (level) => ofLevels[level]);
  });
}
