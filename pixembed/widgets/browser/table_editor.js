// The table editor, drawn by renderTableEditor: the rows of the grey levels, and what the network of the lab reads with them.
import { makeCounter, wilson } from "./counting.js";
import { checkRadio, chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel, radioGroup, svgElement } from "./dom.js";
import { rowsFrom } from "./network.js";
import { GREY_LEVELS } from "./neighbours.js";
import { OVERFLOW_NAMES } from "./panels.js";
import { renderAfterLoading } from "./shelf.js";
import { gaussianOf } from "./small_lab.js";

const BY_HAND = "drawn by hand";
const EDITED = ["table", "curve", "overflow"];
const NETWORK = "pixel embedding";
const STRENGTHS_ASKED = [0, 10, 25, 50, 75, 100, 150];
const DIGITS_ASKED = 100;
const COUNTERS = 4;
const NOISE_SEED = 1;
const PAUSE_WHILE_DRAWING = 100;
const HEIGHTS = { low: -0.25, high: 1.25 };
const PEN_STEP = { level: 4, height: 0.05 };
const PEN_MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PEN_HELP = "Draw with the mouse or a finger. With keys: arrows move the pen, space lowers and lifts it.";

// ---- Rows and curves

// For each table, the row of each grey level.
function readTables(model) {
  const tokens = model.get("tokens");
  const used = [...new Set(tokens)].sort((one, other) => one - other);
  return Object.fromEntries(
    model.get("names").map((name) => {
      const rows = rowsFrom(model.get("vectors")[name], used.length);
      return [name, tokens.map((token) => rows[used.indexOf(token)])];
    }),
  );
}

// The line from the row of black to that of white.
function lineThrough(rows) {
  const [black, white] = [rows[0], rows[GREY_LEVELS - 1]];
  const along = white.map((value, place) => value - black[place]);
  return { black, along, squared: along.reduce((sum, value) => sum + value ** 2, 0) };
}

// Where on that line the rows stand: 0 is black's place, 1 white's.
export function curveOf(rows, { black, along, squared }) {
  return rows.map((row) => row.reduce((sum, value, place) => sum + (value - black[place]) * along[place], 0) / squared);
}

export function rowsOnLine(curve, { black, along }) {
  return curve.map((height) => along.map((step, place) => black[place] + height * step));
}

// ---- Two plots

const FRAME = { left: 50, top: 8, width: 240, height: 150 };

function makeFrame({ x, y, xTicks, yTicks, xName, yName, label }) {
  const svg = svgElement("svg", { viewBox: "0 0 304 196" });
  const bottom = FRAME.top + FRAME.height;
  for (const tick of yTicks) {
    svg.append(svgElement("path", { class: "explorer-grid", d: `M${FRAME.left} ${y(tick)}h${FRAME.width}` }));
    svg.append(svgElement("text", { x: FRAME.left - 5, y: y(tick) + 4, "text-anchor": "end" }, label(tick)));
  }
  for (const tick of xTicks) svg.append(svgElement("text", { x: x(tick), y: bottom + 15, "text-anchor": "middle" }, tick));
  const turned = { transform: `translate(10 ${FRAME.top + FRAME.height / 2}) rotate(-90)`, "text-anchor": "middle" };
  svg.append(svgElement("text", { x: FRAME.left + FRAME.width / 2, y: bottom + 32, "text-anchor": "middle" }, xName));
  svg.append(svgElement("text", turned, yName));
  return svg;
}

const scaled = (low, high, from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);
const levelX = scaled(0, GREY_LEVELS - 1, FRAME.left, FRAME.left + FRAME.width);
const heightY = scaled(HEIGHTS.low, HEIGHTS.high, FRAME.top + FRAME.height, FRAME.top);
const strengthX = scaled(0, STRENGTHS_ASKED.at(-1), FRAME.left + 6, FRAME.left + FRAME.width - 6);
const shareY = scaled(0, 1, FRAME.top + FRAME.height, FRAME.top);

function pathOf(points) {
  return points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// The curve over the grey levels, and a pen. `onDraw` is called with a new curve while the pen draws.
function makeCurve(onDraw) {
  const svg = makeFrame({
    x: levelX,
    y: heightY,
    xTicks: [0, 64, 128, 192, 255],
    yTicks: [0, 0.5, 1],
    xName: "grey level",
    yName: "place of its row",
    label: (tick) => ["black", "", "white"][2 * tick],
  });
  svg.classList.add("explorer-sheet");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  const line = svgElement("path", { class: "explorer-curve" });
  const nib = svgElement("circle", { class: "explorer-nib", r: 5 });
  const words = element("p", { className: "explorer-words", textContent: PEN_HELP });
  words.setAttribute("aria-live", "polite");
  svg.append(line, nib);
  let curve = [];
  let pen = { level: 128, height: 0.5 };
  let isDown = false;

  function showPen() {
    nib.setAttribute("cx", levelX(pen.level));
    nib.setAttribute("cy", heightY(pen.height));
    nib.classList.toggle("explorer-down", isDown);
  }

  // All levels between the places of the pen get heights between.
  function drawTo(to) {
    const [first, last] = [pen.level, to.level].sort((one, other) => one - other);
    const between = (level) => (to.level === pen.level ? to.height : pen.height + ((level - pen.level) / (to.level - pen.level)) * (to.height - pen.height));
    const drawn = curve.map((height, level) => (level >= first && level <= last ? between(level) : height));
    pen = to;
    showPen();
    onDraw(drawn);
  }

  function placeOf(event) {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 304;
    const y = ((event.clientY - box.top) / box.height) * 196;
    const level = Math.round(((x - FRAME.left) / FRAME.width) * (GREY_LEVELS - 1));
    const height = HEIGHTS.high - ((y - FRAME.top) / FRAME.height) * (HEIGHTS.high - HEIGHTS.low);
    return { level: clamp(level, 0, GREY_LEVELS - 1), height: clamp(height, HEIGHTS.low, HEIGHTS.high) };
  }
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    pen = placeOf(event);
    drawTo(pen);
  });
  svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && drawTo(placeOf(event)));
  svg.addEventListener("keydown", (event) => {
    const move = PEN_MOVES[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    if (move) {
      const level = clamp(pen.level + move[0] * PEN_STEP.level, 0, GREY_LEVELS - 1);
      const height = clamp(pen.height + move[1] * PEN_STEP.height, HEIGHTS.low, HEIGHTS.high);
      if (isDown) drawTo({ level, height });
      else pen = { level, height };
    } else {
      isDown = !isDown;
      if (isDown) drawTo(pen);
    }
    showPen();
    words.textContent = `The pen is ${isDown ? "down" : "up"}, at grey level ${pen.level} and place ${pen.height.toFixed(2)}.`;
  });
  svg.addEventListener("blur", () => {
    isDown = false;
    showPen();
  });

  function update(shown, name) {
    curve = shown;
    line.setAttribute("d", pathOf(shown.map((height, level) => [levelX(level), heightY(clamp(height, HEIGHTS.low, HEIGHTS.high))])));
    const stops = [0, 64, 128, 192, 255].map((level) => `${shown[level].toFixed(2)} at grey level ${level}`);
    svg.setAttribute("aria-label", `Where the rows stand between that of black, 0, and that of white, 1. Table: ${name}; ${stops.join(", ")}. ${PEN_HELP}`);
    showPen();
  }
  return { node: panel("The table: where each row stands", svg, words), update };
}

// Shares of right answers over the strength of the noise, with intervals; those of the tables before stay, faint.
function makeCourse() {
  const svg = makeFrame({
    x: strengthX,
    y: shareY,
    xTicks: STRENGTHS_ASKED.filter((strength) => strength !== 10),
    yTicks: [0, 0.25, 0.5, 0.75, 1],
    xName: "mean of the noise, in grey levels",
    yName: "right answers",
    label: (tick) => `${100 * tick}%`,
  });
  svg.setAttribute("role", "img");
  const before = svgElement("g", {});
  const bars = svgElement("path", { class: "explorer-course-interval" });
  const line = svgElement("path", { class: "explorer-curve" });
  svg.append(before, bars, line);

  function keep() {
    before.append(svgElement("path", { class: "explorer-course-before", d: line.getAttribute("d") ?? "" }));
    while (before.childElementCount > 3) before.firstChild.remove();
  }
  function update(found, words) {
    const known = [...found.entries()].filter(([, one]) => one);
    const x = (place) => strengthX(STRENGTHS_ASKED[place]);
    line.setAttribute("d", pathOf(known.map(([place, { right, asked }]) => [x(place), shareY(right / asked)])));
    const interval = ([place, { right, asked }]) => pathOf(wilson(right, asked).map((share) => [x(place), shareY(share)]));
    bars.setAttribute("d", known.map(interval).join(""));
    svg.setAttribute("aria-label", `Right answers over the strength of the noise. ${words}`);
  }
  return { node: panel("What the network reads", svg), keep, update };
}

// ---- The whole

function courseInWords(found, most, name, overflow) {
  const parts = STRENGTHS_ASKED.map((strength, place) => {
    const known = found[place]?.asked === most ? found[place].right : "…";
    return `${known} at ${strength}`;
  });
  return `Table ${name}, ${overflow}: of ${most} digits it reads ${parts.join(", ")}.`;
}

function openTableEditor(model, root, { shape, stored }) {
  const choose = chooserOf(model);
  const tables = readTables(model);
  const names = Object.keys(tables);
  const most = Math.min(DIGITS_ASKED, stored.digits.labels.length);
  const line = lineThrough(tables[names[0]]);
  const counters = Array.from({ length: COUNTERS }, makeCounter);
  for (const counter of counters) counter.take({ shape, digits: stored.digits });
  let found = [];
  let waiting = null;
  let asked = null;

  const choices = Object.fromEntries([...names, BY_HAND].map((name) => [name, name]));
  const curveNow = () => (model.get("table") === BY_HAND ? model.get("curve") : curveOf(tables[model.get("table")], line));
  const kinds = radioGroup("Table", "table", choices, (table) => choose(table === BY_HAND ? { table, curve: curveNow() } : { table }));
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));
  const form = element("form", { className: "explorer-controls explorer-inline" }, kinds, overflows);
  form.addEventListener("submit", (event) => event.preventDefault());
  const sentence = makeSentenceLine();
  const curve = makeCurve((drawn) => choose({ curve: drawn, table: BY_HAND }));
  const course = makeCourse();

  function show() {
    const words = courseInWords(found, most, model.get("table"), model.get("overflow"));
    course.update(found, words);
    sentence.textContent = words;
  }

  const isWhole = () => STRENGTHS_ASKED.every((_, place) => found[place]?.asked === most);

  // Each counter takes every fourth strength.
  function count() {
    const [table, overflow] = [model.get("table"), model.get("overflow")];
    const vectors = table === BY_HAND ? rowsOnLine(model.get("curve"), line) : tables[table];
    const network = { ...stored.networks[NETWORK], front_end: "rows", vectors };
    counters.forEach((counter, first) => {
      const places = [...STRENGTHS_ASKED.keys()].filter((place) => place % COUNTERS === first);
      const noises = places.map((place) => ({ ...gaussianOf(STRENGTHS_ASKED[place]), overflow }));
      counter.take({ shape, network });
      counter.count({ noises, seed: NOISE_SEED, most }, ({ place, right, asked: total }) => {
        found[places[place]] = { right, asked: total };
        show();
      });
    });
  }

  function update() {
    const [table, overflow] = [model.get("table"), model.get("overflow")];
    checkRadio(kinds, table);
    checkRadio(overflows, overflow);
    curve.update(curveNow(), table);
    const wanted = JSON.stringify([table, overflow, table === BY_HAND && model.get("curve")]);
    if (wanted === asked) return;
    asked = wanted;
    if (isWhole()) course.keep();
    found = [];
    show();
    clearTimeout(waiting);
    waiting = setTimeout(count, PAUSE_WHILE_DRAWING);
  }

  root.replaceChildren(form, element("div", { className: "explorer-halves" }, curve.node, course.node), sentence);
  update();
  const leave = follow(model, EDITED, update);
  return () => {
    clearTimeout(waiting);
    for (const counter of counters) counter.close();
    leave();
  };
}

export function renderTableEditor({ model, el }) {
  const root = explorerRoot("Table editor");
  el.append(root);
  const words = "Exchange the rows of the table, or draw your own, and 100 digits are read again in your browser. Network and digits take about 1.5 megabytes.";
  return renderAfterLoading({ model, root, words, name: "table editor" }, (shelf) => openTableEditor(model, root, shelf));
}
