// What several explorers show: a picture, its tokens, its histogram, the probabilities of the answers.
import { element, panel, svgElement } from "./dom.js";

// How classes are spoken of.
const DIGITS = {
  names: Array.from({ length: 10 }, (_, digit) => `${digit}`),
  kind: "digit",
  mark: "the digit",
  picture: (label) => `A handwritten ${label}`,
  truth: (label) => `the digit is ${label}`,
};
const namedClasses = (names) => ({
  names,
  kind: "picture",
  mark: "the class",
  picture: (label) => `A picture of class ${names[label]}`,
  truth: (label) => `the class is ${names[label]}`,
});

export const OVERFLOW_NAMES = { clip: "clip: stop at 0 and 255", wrap: "wrap: modulo 256" };

export function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export function answerOf(probabilities) {
  return probabilities.indexOf(Math.max(...probabilities));
}

// ---- What the model holds of pictures and classes

// [height, width] or [height, width, channels].
export function shapeOf(model) {
  return model.get("shape") ?? [28, 28];
}

export function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

// Classes without names are the digits.
export function classesOf(model) {
  const names = model.get("classes") ?? [];
  return names.length ? namedClasses(names) : DIGITS;
}

export function makePictureChoice(labels, classes) {
  const choice = element("select");
  labels.forEach((label, place, all) => {
    choice.append(element("option", { value: place, textContent: `${classes.names[label]} (${place + 1} of ${all.length})` }));
  });
  return choice;
}

export function spoken(probability) {
  return probability >= 0.995 ? "more than 0.99" : probability.toFixed(2);
}

// ---- The picture

export function makeCanvas([height, width]) {
  const canvas = element("canvas", { width, height });
  canvas.setAttribute("role", "img");
  return canvas;
}

// `coloured` gives [red, green, blue] of a pixel's value and place.
export function paint(canvas, values, coloured) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, place) => image.data.set([...coloured(value, place), 255], 4 * place));
  context.putImageData(image, 0, 0);
}

export const grey = (level) => [level, level, level];

// In colour, if there are three values a place.
export function paintPicture(canvas, pixels) {
  const places = canvas.width * canvas.height;
  if (pixels.length === places) return paint(canvas, pixels, grey);
  const colours = Array.from({ length: places }, (_, place) => pixels.subarray(3 * place, 3 * place + 3));
  return paint(canvas, colours, (colour) => colour);
}

// ---- The tokens

// From dark blue over grey to yellow, told apart by every eye.
const TOKEN_COLOURS = [
  [0, 32, 77],
  [124, 123, 120],
  [255, 234, 70],
];

export function tokenColour(share) {
  const place = Math.min(share, 0.999999) * (TOKEN_COLOURS.length - 1);
  const low = TOKEN_COLOURS[Math.floor(place)];
  const high = TOKEN_COLOURS[Math.floor(place) + 1];
  return low.map((value, channel) => value + (place % 1) * (high[channel] - value));
}

// The channels of a picture as grey pictures, one beside the other.
function sideBySide(values, [, width, channels = 1]) {
  return values.map((_, place) => {
    const row = Math.floor(place / (width * channels));
    const column = place % (width * channels);
    return values[(row * width + (column % width)) * channels + Math.floor(column / width)];
  });
}

// What is counted: a pixel of a colour has three values.
function countedIn(shape) {
  return shape.length > 2 ? "values" : "pixels";
}

function tokensInWords(tokens, last, counted) {
  const counts = new Map();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const commonest = [...counts.keys()].find((token) => counts.get(token) === most);
  if (counts.size === 1) return `All ${tokens.length} ${counted} have the token ${commonest}.`;
  const ofLast = commonest === last ? "" : `; the last, ${last}, in ${counts.get(last) ?? "none"}`;
  return `${counts.size} different tokens. The most frequent, ${commonest}, is in ${most} of ${tokens.length} ${counted}${ofLast}.`;
}

export function makeLegend(last) {
  const bar = element("i");
  bar.style.background = `linear-gradient(90deg, ${TOKEN_COLOURS.map((colour) => `rgb(${colour})`).join(", ")})`;
  const [first, end] = ["token 0", last].map((textContent) => element("span", { textContent }));
  return element("div", { className: "explorer-legend" }, first, bar, end);
}

// `tokensOf` tells of pixels the token of each grey level, 0 to `last`; `ofWhat` says which tokens, where there are several.
// Channels are drawn side by side.
export function makeTokens(shape, tokensOf, last, ofWhat = "") {
  const [height, width, channels = 1] = shape;
  const canvas = makeCanvas([height, width * channels]);
  const words = element("p", { className: "explorer-words" });
  const node = panel(`Its tokens${ofWhat}`, canvas, makeLegend(last), words);
  node.classList.add("explorer-tokens");

  function update(pixels) {
    const ofLevels = tokensOf(pixels);
    const tokens = Array.from(pixels, (level) => ofLevels[level]);
    paint(canvas, sideBySide(tokens, shape), (token) => tokenColour(token / last));
    words.textContent = tokensInWords(tokens, last, countedIn(shape));
    canvas.setAttribute("aria-label", `The tokens of the ${countedIn(shape)}${ofWhat} as colours. ${words.textContent}`);
  }
  return { node, update };
}

// ---- The histogram

const PLOT = { left: 46, top: 8, width: 256, height: 150 };
const LEVEL_TICKS = [0, 64, 128, 192, 255];

function countHeight(count, total) {
  return PLOT.height * Math.sqrt(count / total);
}

function countTicks(total) {
  const step = Math.max(Math.round(Math.sqrt(total) / 5.6), 1);
  return [0, 1, 2, 3, 4, 5].map((place) => (place * step) ** 2).filter((count) => count <= total);
}

export function levelsInWords(counts, total, counted) {
  const used = counts.filter((count) => count > 0).length;
  const most = Math.max(...counts);
  const commonest = counts.indexOf(most);
  return `${used} of the 256 grey levels occur; the most frequent is ${commonest}, in ${most} of ${total} ${counted}.`;
}

function drawAxes(svg, total, counted) {
  const bottom = PLOT.top + PLOT.height;
  for (const count of countTicks(total)) {
    const y = bottom - countHeight(count, total);
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
  svg.append(svgElement("text", turned, `${counted} (square-root scale)`));
}

export function makeHistogram(shape) {
  const total = sizeOf(shape);
  const svg = svgElement("svg", { viewBox: "0 0 314 196", role: "img" });
  drawAxes(svg, total, countedIn(shape));
  const bars = svgElement("path", { class: "explorer-levels" });
  svg.append(bars);

  function update(pixels) {
    const counts = new Array(256).fill(0);
    for (const level of pixels) counts[level] += 1;
    const bottom = PLOT.top + PLOT.height;
    const steps = counts.map((count, level) => `M${PLOT.left + level} ${bottom}v${-countHeight(count, total)}h1V${bottom}z`);
    bars.setAttribute("d", steps.join(""));
    svg.setAttribute("aria-label", `Histogram of the grey levels. ${levelsInWords(counts, total, countedIn(shape))}`);
  }
  return { node: panel("Its grey levels", svg), update };
}

// ---- The answers

// `truth` is null where nobody knows the class: then an answer is neither right nor wrong.
export function colourAnswer(node, answer, truth) {
  node.classList.toggle("explorer-unknown", truth === null);
  node.classList.toggle("explorer-wrong", truth !== null && answer !== truth);
}

export function makeAnswers(title, classes) {
  const rows = classes.names.map((textContent) => {
    const bar = element("div", { className: "explorer-bar" });
    const value = element("span", { className: "explorer-value" });
    const mark = element("span", { className: "explorer-mark" });
    const track = element("div", { className: "explorer-track" }, bar);
    const name = element("span", { textContent });
    const row = element("div", { className: "explorer-row" }, name, track, value, mark);
    row.setAttribute("role", "listitem");
    return { row, bar, value, mark };
  });
  const list = element("div", {}, ...rows.map(({ row }) => row));
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", title);
  const longest = Math.max(...classes.names.map((name) => name.length));
  if (longest > 1) list.style.setProperty("--names", `${longest}ch`);

  function update({ probabilities, answer, truth }) {
    colourAnswer(list, answer, truth);
    rows.forEach(({ row, bar, value, mark }, place) => {
      bar.style.width = `${100 * probabilities[place]}%`;
      value.textContent = probabilities[place].toFixed(2);
      mark.textContent = place === truth ? `◂ ${classes.mark}` : "";
      row.classList.toggle("explorer-top", place === answer);
    });
  }
  return { node: panel(title, list), update };
}
