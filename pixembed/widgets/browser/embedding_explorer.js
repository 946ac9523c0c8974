// The embedding explorer, drawn by renderEmbeddingExplorer. All it shows is stored in the model: it needs no kernel.
import { capitalised, checkRadio, chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel, radioGroup, svgElement } from "./dom.js";
import { rowsFrom } from "./network.js";
import { bytesOf, classesOf, makePictureChoice, paintPicture, shapeOf, sizeOf } from "./panels.js";
import { NO_PIXEL, makePicking } from "./picking.js";

const EMBEDDING_STATE = ["table", "digit", "level", "pixel"];
const LAST_LEVEL = 255;
const NEIGHBOURS = 6;
const PICK_HELP = "Click or drag to pick a pixel; with keys, the arrows move the cursor.";

// ---- What the model holds

function readEmbedding(model) {
  const tokens = model.get("tokens");
  const used = [...new Set(tokens)].sort((one, other) => one - other);
  const pixels = bytesOf(model.get("images"));
  const shape = shapeOf(model);
  const size = sizeOf(shape);
  return {
    shape,
    classes: classesOf(model),
    tokens,
    used,
    labels: model.get("labels"),
    images: model.get("labels").map((_, digit) => pixels.subarray(digit * size, (digit + 1) * size)),
    levels: used.map((token) => [tokens.indexOf(token), tokens.lastIndexOf(token)]),
    rows: Object.fromEntries(Object.entries(model.get("vectors")).map(([name, text]) => [name, rowsFrom(text, used.length)])),
    maps: model.get("maps"),
  };
}

// ---- Cosine similarity

function dot(one, other) {
  return one.reduce((sum, value, place) => sum + value * other[place], 0);
}

function cosineOf(one, other) {
  const lengths = Math.sqrt(dot(one, one) * dot(other, other));
  return lengths > 0 ? dot(one, other) / lengths : 0;
}

function nearestRows(rows, place) {
  const found = rows.map((row, other) => ({ place: other, cosine: cosineOf(rows[place], row) }));
  return found
    .filter((other) => other.place !== place)
    .sort((one, other) => other.cosine - one.cosine)
    .slice(0, NEIGHBOURS);
}

function embeddingNow(model, stored) {
  const names = Object.keys(stored.rows);
  const table = names.includes(model.get("table")) ? model.get("table") : names[0];
  const level = clamp(model.get("level"), 0, LAST_LEVEL);
  const place = stored.used.indexOf(stored.tokens[level]);
  return {
    table,
    level,
    place,
    token: stored.tokens[level],
    digit: clamp(model.get("digit"), 0, stored.labels.length - 1),
    pixel: clamp(model.get("pixel"), NO_PIXEL, sizeOf(stored.shape) - 1),
    vector: stored.rows[table][place],
    neighbours: nearestRows(stored.rows[table], place),
  };
}

// ---- Words

function levelsText([first, last]) {
  return first === last ? `${first}` : `${first} to ${last}`;
}

function embeddingSentence(stored, { level, token, neighbours }) {
  const [nearest] = neighbours;
  const start = `Grey level ${level} has the token ${token}.`;
  if (!nearest) return start;
  const levels = levelsText(stored.levels[nearest.place]);
  return `${start} The most similar row is that of grey level ${levels}, cosine ${nearest.cosine.toFixed(2)}.`;
}

// ---- Controls

function makeEmbeddingControls(stored, choose) {
  const names = Object.keys(stored.rows);
  const tables = radioGroup("Vectors", "table", Object.fromEntries(names.map((name) => [name, name])), (table) => choose({ table }));
  const slider = element("input", { type: "range", min: 0, max: LAST_LEVEL, step: 1 });
  slider.addEventListener("input", () => choose({ pixel: NO_PIXEL, level: Number(slider.value) }));
  const words = element("span", { className: "explorer-strength" });
  const label = element("label", {}, element("span", { textContent: "Grey level" }), slider);
  const form = element(
    "form",
    { className: "explorer-controls" },
    ...(names.length > 1 ? [tables] : []),
    element("div", { className: "explorer-slider" }, label, words),
  );
  form.addEventListener("submit", (event) => event.preventDefault());

  function update({ table, level, token }) {
    checkRadio(tables, table);
    slider.value = level;
    slider.setAttribute("aria-valuetext", `grey level ${level}, token ${token}`);
    words.textContent = `${level}, token ${token}`;
  }
  return { node: form, update };
}

// ---- A digit, to pick a pixel from

function makePicker(stored, choose) {
  const { classes } = stored;
  const [, width] = stored.shape;
  const digits = makePictureChoice(stored.labels, classes);
  digits.ariaLabel = capitalised(classes.kind);
  const place = element("p", { className: "explorer-words" });
  let shown = null;

  const picking = makePicking(stored.shape, (pixel) => choose({ pixel, level: stored.images[shown.digit][pixel] }));
  digits.addEventListener("change", () => {
    const digit = Number(digits.value);
    choose(shown.pixel === NO_PIXEL ? { digit } : { digit, level: stored.images[digit][shown.pixel] });
  });

  function update(now) {
    shown = now;
    const { digit, pixel } = now;
    paintPicture(picking.canvas, stored.images[digit]);
    picking.update(pixel);
    digits.value = digit;
    const row = Math.floor(pixel / width);
    const picked = pixel === NO_PIXEL ? "" : `Row ${row + 1}, column ${(pixel % width) + 1}: grey level ${stored.images[digit][pixel]}. `;
    place.textContent = `${picked}${PICK_HELP}`;
    picking.canvas.setAttribute("aria-label", `${classes.picture(stored.labels[digit])}. ${place.textContent}`);
  }
  const buttons = element("div", { className: "explorer-buttons" }, digits);
  return { node: panel(`A ${classes.kind}: pick a pixel`, picking.node, buttons, place), update };
}

// ---- The vector

const VECTOR_PLOT = { left: 46, top: 8, width: 256, height: 120 };

function makeVector(stored) {
  const { left, top, width, height } = VECTOR_PLOT;
  const svg = svgElement("svg", { viewBox: "0 0 314 166", role: "img" });
  const limits = Object.entries(stored.rows).map(([name, rows]) => [name, Math.max(...rows.map((row) => Math.max(...row.map(Math.abs))))]);
  const limitOf = Object.fromEntries(limits);
  const marks = [1, 0, -1].map((share) => {
    const y = top + (height * (1 - share)) / 2;
    const text = svgElement("text", { x: left - 5, y: y + 4, "text-anchor": "end" });
    svg.append(svgElement("path", { class: "explorer-grid", d: `M${left} ${y}h${width}` }), text);
    return { share, text };
  });
  const middle = left + width / 2;
  svg.append(svgElement("text", { x: middle, y: top + height + 28, "text-anchor": "middle" }, "component"));
  const turned = { transform: `translate(10 ${top + height / 2}) rotate(-90)`, "text-anchor": "middle" };
  svg.append(svgElement("text", turned, "value"));
  const bars = svgElement("path", { class: "explorer-levels" });
  svg.append(bars);

  function update({ table, level, vector }) {
    const limit = limitOf[table] || 1;
    const step = width / vector.length;
    const zero = top + height / 2;
    for (const { share, text } of marks) text.textContent = (share * limit).toFixed(2);
    const paths = Array.from(vector, (value, place) => {
      const tall = (value / limit) * (height / 2);
      return `M${left + place * step} ${zero}v${-tall}h${0.85 * step}v${tall}z`;
    });
    bars.setAttribute("d", paths.join(""));
    const length = Math.sqrt(dot(vector, vector)).toFixed(2);
    svg.setAttribute("aria-label", `The vector of grey level ${level}: ${vector.length} bars; its length is ${length}.`);
  }
  return { node: panel("Its vector", svg), update };
}

// ---- Its neighbours

function makeNeighbours(stored) {
  const list = element("div");
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", "Rows with the largest cosine similarity");
  const head = element("div", { className: "explorer-near explorer-near-head" });
  head.append(...["grey level", "token", "cosine similarity"].map((textContent) => element("span", { textContent })));

  function update({ neighbours }) {
    const rows = neighbours.map(({ place, cosine }) => {
      const bar = element("div", { className: "explorer-bar" });
      bar.style.width = `${100 * clamp(cosine, 0, 1)}%`;
      const track = element("div", { className: "explorer-track" }, bar);
      const texts = [levelsText(stored.levels[place]), stored.used[place]].map((textContent) => element("span", { textContent }));
      const value = element("span", { className: "explorer-value", textContent: cosine.toFixed(2) });
      const row = element("div", { className: "explorer-near" }, ...texts, track, value);
      row.setAttribute("role", "listitem");
      return row;
    });
    list.replaceChildren(...rows);
  }
  return { node: panel("Its neighbours", head, list), update };
}

// ---- The map

const MAP_PLOT = { width: 314, height: 230, margin: 12, bottom: 24, left: 22 };

// Both axes have one scale.
function fitted(places) {
  const { width, height, margin, bottom, left } = MAP_PLOT;
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]));
  const [middleX, middleY] = [xs, ys].map((values) => (Math.min(...values) + Math.max(...values)) / 2);
  const span = (values) => Math.max(...values) - Math.min(...values) || 1;
  const scale = Math.min((width - left - 2 * margin) / span(xs), (height - bottom - 2 * margin) / span(ys));
  return places.map(([x, y]) => [
    left + (width - left) / 2 + scale * (x - middleX),
    (height - bottom) / 2 - scale * (y - middleY),
  ]);
}

function levelColour(level, last) {
  return `color-mix(in srgb, #ffea46 ${((100 * level) / last).toFixed(1)}%, #00204d)`;
}

function makeMap(stored, choose) {
  const { width, height, bottom } = MAP_PLOT;
  const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "explorer-map" });
  const last = stored.levels.at(-1)[0] || 1;
  const dots = stored.levels.map(([level]) => svgElement("circle", { r: 4, fill: levelColour(level, last) }));
  const rings = Array.from({ length: NEIGHBOURS }, () => svgElement("circle", { r: 6.5, class: "explorer-near-ring" }));
  const chosen = svgElement("rect", { width: 16, height: 16, class: "explorer-chosen" });
  const turned = { transform: `translate(10 ${(height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" };
  svg.append(...dots, ...rings, chosen);
  svg.append(svgElement("text", { x: width / 2, y: height - 4, "text-anchor": "middle" }, "first axis"));
  svg.append(svgElement("text", turned, "second axis"));
  const fittedMaps = Object.fromEntries(Object.entries(stored.maps).map(([name, places]) => [name, fitted(places)]));
  let places = [];

  svg.addEventListener("pointerdown", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const apart = places.map((place) => Math.hypot(place[0] - x, place[1] - y));
    choose({ pixel: NO_PIXEL, level: stored.levels[apart.indexOf(Math.min(...apart))][0] });
  });

  function update({ table, place, level, neighbours }) {
    places = fittedMaps[table];
    const put = (circle, [x, y]) => {
      circle.setAttribute("cx", x.toFixed(2));
      circle.setAttribute("cy", y.toFixed(2));
    };
    dots.forEach((circle, other) => put(circle, places[other]));
    rings.forEach((circle, order) => {
      circle.style.display = neighbours[order] ? "" : "none";
      if (neighbours[order]) put(circle, places[neighbours[order].place]);
    });
    chosen.setAttribute("x", (places[place][0] - 8).toFixed(2));
    chosen.setAttribute("y", (places[place][1] - 8).toFixed(2));
    const near = neighbours.map((other) => levelsText(stored.levels[other.place])).join(", ");
    svg.setAttribute("aria-label", `Map of ${places.length} rows. Grey level ${level} is marked, and its neighbours: ${near}.`);
  }
  const bar = element("i");
  bar.style.background = `linear-gradient(90deg, ${levelColour(0, 1)}, ${levelColour(1, 1)})`;
  const ends = ["grey level 0", levelsText(stored.levels.at(-1))].map((textContent) => element("span", { textContent }));
  const legend = element("div", { className: "explorer-legend" }, ends[0], bar, ends[1]);
  const key = element("p", {
    className: "explorer-words",
    textContent: "The square marks the grey level, rings its neighbours in the table; click a dot to go there.",
  });
  return { node: panel("Its place on the map", svg, legend, key), update };
}

// ---- The whole

export function renderEmbeddingExplorer({ model, el }) {
  const stored = readEmbedding(model);
  const choose = chooserOf(model);
  const sentence = makeSentenceLine();
  const controls = makeEmbeddingControls(stored, choose);
  const places = [makePicker(stored, choose), makeMap(stored, choose)];
  const numbers = [makeVector(stored), makeNeighbours(stored)];
  const parts = [...places, ...numbers];
  const grids = [
    element("div", { className: "explorer-atlas" }, ...places.map(({ node }) => node)),
    element("div", { className: "explorer-halves" }, ...numbers.map(({ node }) => node)),
  ];
  const root = explorerRoot("Embedding explorer", controls.node, sentence, ...grids);

  function update() {
    const now = embeddingNow(model, stored);
    sentence.textContent = embeddingSentence(stored, now);
    for (const part of [controls, ...parts]) part.update(now);
  }
  el.append(root);
  update();
  return follow(model, EMBEDDING_STATE, update);
}
