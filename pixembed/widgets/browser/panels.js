// What several explorers show: a picture, its tokens, its histogram, the probabilities of the answers.
import { element, panel, svgElement } from "./dom.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

export const OVERFLOW_NAMES = { clip: "clip: stop at 0 and 255", wrap: "wrap: modulo 256" };

export function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export function answerOf(probabilities) {
  return probabilities.indexOf(Math.max(...probabilities));
}

export function makeDigitChoice(labels) {
  const digits = element("select");
  labels.forEach((label, place, all) => {
    digits.append(element("option", { value: place, textContent: `a ${label} (${place + 1} of ${all.length})` }));
  });
  return digits;
}

export function spoken(probability) {
  return probability >= 0.995 ? "more than 0.99" : probability.toFixed(2);
}

// ---- The picture

export function makeCanvas() {
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  canvas.setAttribute("role", "img");
  return canvas;
}

// `coloured` gives [red, green, blue] of a pixel's value.
export function paint(canvas, values, coloured) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  values.forEach((value, place) => image.data.set([...coloured(value), 255], 4 * place));
  context.putImageData(image, 0, 0);
}

export const grey = (level) => [level, level, level];

// ---- The tokens

// From dark blue over grey to yellow, told apart by every eye.
const TOKEN_COLOURS = [
  [0, 32, 77],
  [124, 123, 120],
  [255, 234, 70],
];

function tokenColour(share) {
  const place = Math.min(share, 0.999999) * (TOKEN_COLOURS.length - 1);
  const low = TOKEN_COLOURS[Math.floor(place)];
  const high = TOKEN_COLOURS[Math.floor(place) + 1];
  return low.map((value, channel) => value + (place % 1) * (high[channel] - value));
}

function tokensInWords(tokens, last) {
  const counts = new Map();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const commonest = [...counts.keys()].find((token) => counts.get(token) === most);
  if (counts.size === 1) return `All ${PIXELS} pixels have the token ${commonest}.`;
  const ofLast = commonest === last ? "" : `; the last, ${last}, in ${counts.get(last) ?? "none"}`;
  return `${counts.size} different tokens. The most frequent, ${commonest}, is in ${most} of ${PIXELS} pixels${ofLast}.`;
}

function makeLegend(last) {
  const bar = element("i");
  bar.style.background = `linear-gradient(90deg, ${TOKEN_COLOURS.map((colour) => `rgb(${colour})`).join(", ")})`;
  const [first, end] = ["token 0", last].map((textContent) => element("span", { textContent }));
  return element("div", { className: "explorer-legend" }, first, bar, end);
}

// `tokenOf` holds the token of each grey level, 0 to `last`.
export function makeTokens(tokenOf, last) {
  const canvas = makeCanvas();
  const words = element("p", { className: "explorer-words" });
  const node = panel("Its tokens", canvas, makeLegend(last), words);
  node.classList.add("explorer-tokens");

  function update(pixels) {
    const tokens = Array.from(pixels, (level) => tokenOf[level]);
    paint(canvas, tokens, (token) => tokenColour(token / last));
    words.textContent = tokensInWords(tokens, last);
    canvas.setAttribute("aria-label", `The tokens of the pixels as colours. ${words.textContent}`);
  }
  return { node, update };
}

// ---- The histogram

const PLOT = { left: 46, top: 8, width: 256, height: 150 };
const COUNT_TICKS = [0, 25, 100, 225, 400, 625];
const LEVEL_TICKS = [0, 64, 128, 192, 255];

function countHeight(count) {
  return PLOT.height * Math.sqrt(count / PIXELS);
}

function levelsInWords(counts) {
  const used = counts.filter((count) => count > 0).length;
  const most = Math.max(...counts);
  const commonest = counts.indexOf(most);
  return `${used} of the 256 grey levels occur; the most frequent is ${commonest}, in ${most} of ${PIXELS} pixels.`;
}

function drawAxes(svg) {
  const bottom = PLOT.top + PLOT.height;
  for (const count of COUNT_TICKS) {
    const y = bottom - countHeight(count);
    svg.append(svgElement("path", { class: "explorer-grid", d: `M${PLOT.left} ${y}h${PLOT.width}` }));
    svg.append(svgElement("text", { x: PLOT.left - 5, y: y + 4, "text-anchor": "end" }, count));
  }
  for (const level of LEVEL_TICKS) {
    svg.append(svgElement("text", { x: PLOT.left + level + 0.5, y: bottom + 15, "text-anchor": "middle" }, level));
  }
  const centre = PLOT.left + PLOT.width / 2;
  const middle = PLOT.top + PLOT.height / 2;
  const turned = { transform: `translate(10 ${middle}) rotate(-90)`, "text-anchor": "middle" };
  svg.append(svgElement("text", { x: centre, y: bottom + 32, "text-anchor": "middle" }, "grey level"));
  svg.append(svgElement("text", turned, "pixels (square-root scale)"));
}

export function makeHistogram() {
  const svg = svgElement("svg", { viewBox: "0 0 314 196", role: "img" });
  drawAxes(svg);
  const bars = svgElement("path", { class: "explorer-levels" });
  svg.append(bars);

  function update(pixels) {
    const counts = new Array(256).fill(0);
    for (const level of pixels) counts[level] += 1;
    const bottom = PLOT.top + PLOT.height;
    const steps = counts.map((count, level) => `M${PLOT.left + level} ${bottom}v${-countHeight(count)}h1V${bottom}z`);
    bars.setAttribute("d", steps.join(""));
    svg.setAttribute("aria-label", `Histogram of the grey levels. ${levelsInWords(counts)}`);
  }
  return { node: panel("Its grey levels", svg), update };
}

// ---- The answers

export function makeAnswers(title) {
  const rows = Array.from({ length: CLASSES }, (_, digit) => {
    const bar = element("div", { className: "explorer-bar" });
    const value = element("span", { className: "explorer-value" });
    const mark = element("span", { className: "explorer-mark" });
    const track = element("div", { className: "explorer-track" }, bar);
    const name = element("span", { textContent: digit });
    const row = element("div", { className: "explorer-row" }, name, track, value, mark);
    row.setAttribute("role", "listitem");
    return { row, bar, value, mark };
  });
  const list = element("div", {}, ...rows.map(({ row }) => row));
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", title);

  // `truth` is null where nobody knows the digit.
  function update({ probabilities, answer, truth }) {
    list.classList.toggle("explorer-wrong", truth !== null && answer !== truth);
    rows.forEach(({ row, bar, value, mark }, digit) => {
      bar.style.width = `${100 * probabilities[digit]}%`;
      value.textContent = probabilities[digit].toFixed(2);
      mark.textContent = digit === truth ? "◂ the digit" : "";
      row.classList.toggle("explorer-top", digit === answer);
    });
  }
  return { node: panel(title, list), update };
}
