// The neighbour explorer, drawn by renderNeighbourExplorer. It computes all it shows from the grey levels in the model: it needs no kernel.
import { capitalised, checkRadio, chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel, radioGroup, svgElement } from "./dom.js";
import { GREY_LEVELS, countLevels, lastToken, levelsApart, neighbourDistance, neighbourTokens, tokenOfDistance } from "./neighbours.js";
import { applyAdditive } from "./noise.js";
import { OVERFLOW_NAMES, bytesOf, classesOf, grey, levelsInWords, makeLegend, makePictureChoice, paint, shapeOf, sizeOf, tokenColour } from "./panels.js";
import { NO_PIXEL, makePicking } from "./picking.js";

const NEIGHBOUR_STATE = ["digit", "shift", "std", "neighbours", "axis", "overflow", "pixel"];
const AXIS_NAMES = { circle: "circle: 0 lies beside 255", line: "line: from 0 to 255" };
const LAST = { shift: 255, std: 100, neighbours: 200 };
const LIT = [213, 94, 0];
const LIT_SHARE = 0.8;
const TURN = "Turn the clock";
const MILLISECONDS_AN_HOUR = 60;
const HOURS_IN_STEPS = 8;
const POINT_HELP = "Point at a pixel, click to keep it. Arrow keys move the cursor, escape lets go.";

// ---- What the model holds

function readPictures(model) {
  const shape = shapeOf(model);
  const size = sizeOf(shape);
  const pixels = bytesOf(model.get("images"));
  const normals = model.get("normals");
  return {
    shape,
    classes: classesOf(model),
    labels: model.get("labels"),
    radii: model.get("radii"),
    images: model.get("labels").map((_, digit) => pixels.subarray(digit * size, (digit + 1) * size)),
    normals: Array.from({ length: size }, (_, place) => normals.getFloat32(4 * place, true)),
  };
}

// ---- What is shown

function settingsNow(model, stored) {
  return {
    digit: clamp(model.get("digit"), 0, stored.labels.length - 1),
    shift: clamp(model.get("shift"), 0, LAST.shift),
    std: clamp(model.get("std"), 0, LAST.std),
    neighbours: clamp(model.get("neighbours"), 1, LAST.neighbours),
    axis: model.get("axis"),
    overflow: model.get("overflow"),
    picked: clamp(model.get("pixel"), NO_PIXEL, sizeOf(stored.shape) - 1),
  };
}

// The pixel that is pointed at comes before the one that is picked.
function neighboursNow(model, stored, pointed) {
  const settings = settingsNow(model, stored);
  const { digit, shift, std, neighbours, axis, overflow, picked } = settings;
  const noisy = (moved) => {
    const offsets = stored.normals.map((normal) => moved + Math.trunc(std * normal));
    return applyAdditive(stored.images[digit], offsets, overflow);
  };
  const tokensOf = (pixels) => neighbourTokens(pixels, { neighbours, radii: stored.radii, axis })[0];
  const pixels = noisy(shift);
  const tokens = tokensOf(pixels);
  const unmoved = tokensOf(noisy(0));
  const shown = { ...settings, pixels, tokens, counts: countLevels(pixels), pixel: pointed === NO_PIXEL ? picked : pointed };
  return {
    ...shown,
    asUnmoved: tokens.filter((token, place) => token === unmoved[place]).length,
    company: companyOf(shown),
  };
}

// All pixels as near as the k-th neighbour; null where no pixel is picked.
function companyOf({ pixel, pixels, counts, neighbours, axis }) {
  if (pixel === NO_PIXEL) return null;
  const level = pixels[pixel];
  const distance = neighbourDistance(counts, level, neighbours, axis);
  const isLit = (other) => levelsApart(level, other, axis) <= distance;
  return { level, distance, isLit, size: pixels.filter(isLit).length };
}

// ---- Words

function ordinal(number) {
  const teens = Math.floor((number % 100) / 10) === 1;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

function distanceInWords(distance, k) {
  if (distance === Infinity) return `there are fewer than ${k} other pixels`;
  const away = distance === 0 ? "has the same grey level" : `is ${distance} grey level${distance === 1 ? "" : "s"} away`;
  return `the ${ordinal(k)} neighbour ${away}`;
}

function neighbourSentence({ company, neighbours }, radii) {
  if (!company) return "Pick a pixel: the pixels of its company light up.";
  const { level, distance } = company;
  const token = tokenOfDistance(distance, radii);
  const start = `Grey level ${level}, k = ${neighbours}: ${distanceInWords(distance, neighbours)}.`;
  return token === distance ? start : `${start} Its token is ${token}.`;
}

function pixelInWords({ company, pixel }, width) {
  if (!company) return "";
  const light = company.size === 1 ? "1 pixel lights" : `${company.size} pixels light`;
  return `Row ${Math.floor(pixel / width) + 1}, column ${(pixel % width) + 1}: ${light} up. `;
}

function shiftInWords({ shift, asUnmoved, tokens }) {
  if (shift === 0) return "Nothing is shifted: these are the tokens to compare with.";
  const many = asUnmoved === tokens.length ? `All ${asUnmoved}` : `${asUnmoved} of ${tokens.length}`;
  return `${many} tokens are what they are without the shift.`;
}

// ---- Controls

function makeSlider(title, name, inWords, choose) {
  const first = name === "neighbours" ? 1 : 0;
  const input = element("input", { type: "range", name, min: first, max: LAST[name], step: 1 });
  input.addEventListener("input", () => choose({ [name]: Number(input.value) }));
  const words = element("span", { className: "explorer-strength" });
  const label = element("label", {}, element("span", { textContent: title }), input);

  function update(now) {
    input.value = now[name];
    words.textContent = inWords(now[name]);
    input.setAttribute("aria-valuetext", words.textContent);
  }
  return { node: element("div", { className: "explorer-slider" }, label, words), update };
}

// Turns the shift around the clock until it is stopped. Where a reader wants no motion, each press is one step.
function makeTurning(choose, shiftNow, onTurn) {
  const button = element("button", { type: "button", textContent: TURN });
  const wantsNoMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;

  const turn = (step) => choose({ shift: (shiftNow() + step) % GREY_LEVELS });
  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = TURN;
    onTurn(false);
  }
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (wantsNoMotion()) return turn(GREY_LEVELS / HOURS_IN_STEPS);
    button.textContent = "Stop the clock";
    onTurn(true);
    timer = setInterval(() => turn(1), MILLISECONDS_AN_HOUR);
  });
  return { node: button, stop };
}

function makeNeighbourControls(stored, choose, turning) {
  const { labels, classes } = stored;
  const pictures = makePictureChoice(labels, classes);
  pictures.addEventListener("change", () => choose({ digit: Number(pictures.value) }));
  const picture = element("label", { className: "explorer-digit" }, element("span", { textContent: capitalised(classes.kind) }), pictures);
  const axes = radioGroup("Grey levels lie on a", "axis", AXIS_NAMES, (axis) => choose({ axis }));
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));
  const sliders = [
    makeSlider("Neighbours", "neighbours", (k) => `k = ${k}`, choose),
    makeSlider("Noise", "std", (std) => (std === 0 ? "none" : `σ = ${std}`), choose),
    makeSlider("Shift", "shift", (shift) => `${shift} added`, choose),
  ];
  const dials = element("div", { className: "explorer-dials" }, ...sliders.map(({ node }) => node), turning.node);
  const form = element("form", { className: "explorer-controls" }, picture, axes, overflows, dials);
  sliders.at(-1).node.addEventListener("input", turning.stop);
  form.addEventListener("submit", (event) => event.preventDefault());

  function update(now) {
    pictures.value = now.digit;
    checkRadio(axes, now.axis);
    checkRadio(overflows, now.overflow);
    for (const slider of sliders) slider.update(now);
  }
  return { node: form, update };
}

// ---- The picture and its tokens

function withLight(colourOf, { company, pixels }) {
  if (!company) return colourOf;
  return (value, place) => {
    const colour = colourOf(value);
    if (!company.isLit(pixels[place])) return colour;
    return colour.map((part, channel) => LIT_SHARE * LIT[channel] + (1 - LIT_SHARE) * part);
  };
}

function makeNeighbourPicture({ shape, classes, labels, radii }, onPick, onPoint) {
  const picking = makePicking(shape, onPick, onPoint);
  const words = element("p", { className: "explorer-words" });

  function update(now) {
    paint(picking.canvas, now.pixels, withLight(grey, now));
    picking.update(now.pixel);
    words.textContent = `${pixelInWords(now, shape[1])}${POINT_HELP}`;
    const name = `${classes.picture(labels[now.digit])}, ${now.shift} added. ${neighbourSentence(now, radii)}`;
    picking.canvas.setAttribute("aria-label", `${name} ${words.textContent}`);
  }
  return { node: panel("The picture", picking.node, words), update };
}

function makeNeighbourTokens({ shape, radii }, onPick, onPoint) {
  const last = lastToken(radii);
  const picking = makePicking(shape, onPick, onPoint);
  const words = element("p", { className: "explorer-words" });

  function update(now) {
    const colourOf = (token) => tokenColour(Math.sqrt(token / last));
    paint(picking.canvas, now.tokens, withLight(colourOf, now));
    picking.update(now.pixel);
    words.textContent = shiftInWords(now);
    picking.canvas.setAttribute("aria-label", `The tokens of the pixels as colours. ${words.textContent} ${POINT_HELP}`);
  }
  return { node: panel("Its tokens", picking.node, makeLegend(last), words), update };
}

// ---- The histogram: a clock, or a line with two ends

const CLOCK = { middle: 122, inner: 36, tall: 64 };
const RULER = { left: 30, step: 0.8, bottom: 206, tall: 196 };

// Places of a level and a height; heights go from 0 to 1, what lies below 0 is under the bars.
const FORMS = {
  circle: {
    strip: [-0.16, -0.05],
    hand: [-0.22, -0.55],
    names: [[0, 64, 128, 192], 1.18],
    countNames: () => [],
    at(level, height) {
      const angle = (2 * Math.PI * level) / GREY_LEVELS;
      const radius = CLOCK.inner + CLOCK.tall * height;
      return [CLOCK.middle + radius * Math.sin(angle), CLOCK.middle - radius * Math.cos(angle)];
    },
  },
  line: {
    strip: [-0.055, -0.012],
    hand: [-0.075, -0.115],
    names: [[0, 64, 128, 192, 255], -0.17],
    countNames: (counts) => counts,
    at: (level, height) => [RULER.left + RULER.step * (level + 0.5), RULER.bottom - RULER.tall * height],
  },
};

function pathThrough(points) {
  return `M${points.map((point) => point.map((value) => value.toFixed(2)).join(" ")).join("L")}`;
}

// From the left edge of one level to the right edge of another.
function block(form, [first, last], [low, high]) {
  const edges = Array.from({ length: last - first + 2 }, (_, place) => first + place - 0.5);
  const along = (height) => edges.map((edge) => form.at(edge, height));
  return `${pathThrough([...along(low), ...along(high).reverse()])}z`;
}

function markedCounts(total) {
  return [1, 10, 100, 1000, 10000].filter((count) => count <= total);
}

function drawForm(form, heightOf, total) {
  const group = svgElement("g", {});
  for (const count of markedCounts(total)) {
    const points = Array.from({ length: GREY_LEVELS + 1 }, (_, level) => form.at(level - 0.5, heightOf(count)));
    group.append(svgElement("path", { class: "explorer-ring", d: pathThrough(points) }));
  }
  for (let level = 0; level < GREY_LEVELS; level += 4) {
    group.append(svgElement("path", { fill: `rgb(${grey(level)})`, d: block(form, [level, Math.min(level + 4, 255)], form.strip) }));
  }
  group.append(svgElement("path", { class: "explorer-edge", d: block(form, [0, 255], form.strip) }));
  const [levels, height] = form.names;
  for (const level of levels) {
    const [x, y] = form.at(level, height);
    group.append(svgElement("text", { x, y: y + 4, "text-anchor": "middle" }, level));
  }
  for (const count of form.countNames(markedCounts(total))) {
    const [x, y] = form.at(0, heightOf(count));
    group.append(svgElement("text", { x: x - 6, y: y + 4, "text-anchor": "end" }, count));
  }
  return group;
}

function makeLevels({ shape }) {
  const total = sizeOf(shape);
  const heightOf = (count) => Math.log1p(count) / Math.log1p(total);
  const svg = svgElement("svg", { viewBox: "0 0 244 244", role: "img" });
  const grounds = Object.fromEntries(Object.entries(FORMS).map(([axis, form]) => [axis, drawForm(form, heightOf, total)]));
  const reach = svgElement("path", { class: "explorer-reach" });
  const bars = svgElement("path", { class: "explorer-levels" });
  const lit = svgElement("path", { class: "explorer-lit" });
  const hand = svgElement("path", { class: "explorer-hand" });
  const words = element("p", { className: "explorer-words" });
  svg.append(reach, ...Object.values(grounds), bars, lit, hand);

  function update({ axis, counts, company, shift }) {
    const form = FORMS[axis];
    for (const [name, ground] of Object.entries(grounds)) ground.style.display = name === axis ? "" : "none";
    const used = [...counts.keys()].filter((level) => counts[level] > 0);
    const drawn = (levels) => levels.map((level) => block(form, [level, level], [0, heightOf(counts[level])])).join("");
    const isLit = company?.isLit ?? (() => false);
    bars.setAttribute("d", drawn(used.filter((level) => !isLit(level))));
    lit.setAttribute("d", drawn(used.filter(isLit)));
    reach.setAttribute("d", company ? block(form, reachOf(company, axis), [0, 1]) : "");
    hand.setAttribute("d", pathThrough(form.hand.map((height) => form.at(shift, height))));
    const marks = `${axis === "circle" ? "Rings" : "Lines"} at ${markedCounts(total).join(", ")} pixels.`;
    words.textContent = `${marks} The hand points to where black has gone.`;
    svg.setAttribute("aria-label", `Histogram of the grey levels. ${levelsInWords(counts, total, "pixels")}`);
  }
  const node = panel("Its grey levels", svg, words);
  node.classList.add("explorer-clock");
  return { node, update };
}

// The first and the last level within the distance; on the circle they may lie beyond the ends.
function reachOf({ level, distance }, axis) {
  if (axis === "circle") return distance < GREY_LEVELS / 2 ? [level - distance, level + distance] : [0, 255];
  return [Math.max(level - distance, 0), Math.min(level + distance, 255)];
}

// ---- The whole

export function renderNeighbourExplorer({ model, el }) {
  const stored = readPictures(model);
  const choose = chooserOf(model);
  let pointed = NO_PIXEL;

  function pick(pixel) {
    pointed = NO_PIXEL;
    choose({ pixel });
    update();
  }
  function pointAt(pixel) {
    if (pixel === pointed) return;
    pointed = pixel;
    update();
  }
  const sentence = makeSentenceLine();
  // A clock that turns is not read aloud.
  const hush = (isTurning) => sentence.setAttribute("aria-live", isTurning ? "off" : "polite");
  const turning = makeTurning(choose, () => model.get("shift"), hush);
  const controls = makeNeighbourControls(stored, choose, turning);
  const panels = [makeNeighbourPicture(stored, pick, pointAt), makeNeighbourTokens(stored, pick, pointAt), makeLevels(stored)];
  const grid = element("div", { className: "explorer-twins" }, ...panels.map(({ node }) => node));
  const root = explorerRoot("Neighbour explorer", controls.node, sentence, grid);
  root.addEventListener("keydown", ({ key }) => key === "Escape" && pick(NO_PIXEL));

  function update() {
    const now = neighboursNow(model, stored, pointed);
    sentence.textContent = neighbourSentence(now, stored.radii);
    for (const part of [controls, ...panels]) part.update(now);
  }
  el.append(root);
  update();
  const leave = follow(model, NEIGHBOUR_STATE, update);
  return () => {
    turning.stop();
    leave();
  };
}
