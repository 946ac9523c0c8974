// The lab, drawn by renderLab: noise on a digit, and four networks that answer here in the browser.
import { checkRadio, chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel, radioGroup } from "./dom.js";
import { centred, makeSheet } from "./drawing.js";
import { bytesFrom, makeFrontEnd, makeNetwork } from "./network.js";
import { addNoise } from "./noise.js";
import { OVERFLOW_NAMES, answerOf, classesOf, makeAnswers, makeCanvas, makeTokens, paintPicture, sizeOf, spoken } from "./panels.js";

const DRAWN = -1;
const SETTINGS = ["kind", "parameters", "overflow"];
const PAUSE_BEFORE_COUNTING = 300;
const LONGEST_TURN = 12;
const LONGEST_WAIT = 20000;

// ---- The data: from the book's own folder, or from the kernel

function fromTheBook(address) {
  return new Promise((resolve, reject) => {
    const script = element("script", { src: address });
    script.addEventListener("load", () => resolve(window.pixembedLabData));
    script.addEventListener("error", () => reject(new Error(`The file ${address} did not arrive.`)));
    document.head.append(script);
  });
}

function fromTheKernel(model) {
  return new Promise((resolve, reject) => {
    model.on("msg:custom", (message) => message.data && resolve(JSON.parse(message.data)));
    model.send({ ask: "data" });
    setTimeout(() => reject(new Error("The kernel did not answer. Run the cell again.")), LONGEST_WAIT);
  });
}

async function loadLab(model) {
  const address = window.pixembedLabAddress;
  const data = await (address ? fromTheBook(address) : fromTheKernel(model));
  const bytes = bytesFrom(data.images);
  const stored = Object.entries(data.networks);
  const size = sizeOf(data.shape);
  return {
    shape: data.shape,
    images: data.labels.map((_, place) => bytes.subarray(place * size, (place + 1) * size)),
    labels: data.labels,
    networks: Object.fromEntries(stored.map(([name, one]) => [name, makeNetwork(one, data.shape)])),
    frontEnds: stored.map(([name, one]) => ({ name, ...makeFrontEnd(one) })),
  };
}

// ---- Words

function answerWords(name, { answer, probabilities }) {
  return `${name} answers ${answer} (${spoken(probabilities[answer])})`;
}

function sentenceOf({ truth, empty, answers }) {
  const known = truth === null ? "Your drawing" : `The digit is ${truth}`;
  const start = empty ? "Nothing is drawn. The networks answer all the same" : known;
  const parts = Object.entries(answers).map(([name, found]) => answerWords(name, found));
  return `${start}: ${parts.join(", ")}.`;
}

// ---- Numbers that a reader sets

// A slider and a field for one number. The field takes anything; what the noise cannot take is mended and said.
function makeNumber(control, onSet) {
  const { label, low, high, step, whole } = control;
  const range = element("input", { type: "range", min: low, max: high, step });
  const field = element("input", { type: "number", min: low, max: high, step: whole ? 1 : "any" });
  range.setAttribute("aria-label", `${label}, slider`);
  const message = element("span", { className: "explorer-message" });
  message.setAttribute("role", "status");
  let current = low;

  function set(text) {
    const wished = Number(text);
    const given = text.trim() !== "" && Number.isFinite(wished);
    const rounded = whole ? Math.round(wished) : wished;
    const value = given ? clamp(rounded, low, high) : current;
    const mended = !given || value !== wished;
    message.textContent = mended ? `${label} takes a ${whole ? "whole " : ""}number from ${low} to ${high}; now ${value}.` : "";
    update(value);
    onSet(value);
  }
  range.addEventListener("input", () => set(range.value));
  field.addEventListener("change", () => set(field.value));

  function update(value) {
    current = value;
    range.value = value;
    field.value = value;
  }
  const name = element("label", {}, element("span", { textContent: label }), field);
  return { node: element("div", { className: "explorer-number" }, name, range, message), update };
}

// One of the strings that a setting may be.
function makeSetting({ label, choices }, onSet) {
  const options = choices.map((value) => element("option", { value, textContent: value }));
  const select = element("select", {}, ...options);
  select.addEventListener("change", () => onSet(select.value));
  const name = element("label", {}, element("span", { textContent: label }), select);
  return { node: element("div", { className: "explorer-number" }, name), update: (value) => (select.value = value) };
}

function makeNoiseControls(model, choose, drawAgain) {
  const noises = model.get("noises");
  const noiseOf = (kind) => noises.find((noise) => noise.kind === kind);
  const kindNames = noises.map(({ kind, words }) => [kind, words]);
  const kinds = radioGroup("Noise", "kind", Object.fromEntries(kindNames), (kind) => {
    const starts = noiseOf(kind).controls.map(({ name, start }) => [name, start]);
    choose({ kind, parameters: Object.fromEntries(starts) });
  });
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));
  const again = element("button", { type: "button", textContent: "Draw the noise again" });
  again.addEventListener("click", drawAgain);
  const numbers = element("div", { className: "explorer-numbers" });
  const form = element("form", { className: "explorer-controls" }, kinds, overflows, numbers, again);
  form.addEventListener("submit", (event) => event.preventDefault());
  let fields = {};
  let shownKind = null;

  function showNumbersOf(kind) {
    shownKind = kind;
    const made = noiseOf(kind).controls.map(({ name, ...control }) => {
      const set = (value) => choose({ parameters: { ...model.get("parameters"), [name]: value } });
      return [name, control.choices ? makeSetting(control, set) : makeNumber(control, set)];
    });
    fields = Object.fromEntries(made);
    numbers.replaceChildren(...made.map(([, { node }]) => node));
  }

  function update() {
    const kind = model.get("kind");
    if (kind !== shownKind) showNumbersOf(kind);
    checkRadio(kinds, kind);
    checkRadio(overflows, model.get("overflow"));
    overflows.disabled = !noiseOf(kind).overflows;
    again.disabled = kind === "none";
    for (const [name, value] of Object.entries(model.get("parameters"))) fields[name]?.update(value);
  }
  return { node: form, update };
}

// ---- The digit: picked or drawn

function makeDigitPanel(lab, words, onPick, onDraw) {
  const classes = element("select", { ariaLabel: "Class of the digit" });
  words.names.forEach((textContent, value) => classes.append(element("option", { value, textContent })));
  const another = element("button", { type: "button", textContent: "Another" });
  const clear = element("button", { type: "button", textContent: "Clear, to draw" });
  const sheet = makeSheet(lab.shape, onDraw);
  let shown = 0;

  const ofClass = (digit) => lab.labels.flatMap((label, place) => (label === digit ? [place] : []));
  classes.addEventListener("change", () => onPick(ofClass(Number(classes.value))[0]));
  another.addEventListener("click", () => {
    const places = ofClass(Number(classes.value));
    onPick(places[(places.indexOf(shown) + 1) % places.length]);
  });
  clear.addEventListener("click", sheet.clear);

  function update(place) {
    shown = place;
    if (place === DRAWN) return sheet.describe("Your drawing.");
    classes.value = lab.labels[place];
    sheet.put(lab.images[place]);
    sheet.describe(`${words.picture(lab.labels[place])}.`);
  }
  const buttons = element("div", { className: "explorer-buttons" }, classes, another, clear);
  return { node: panel("Pick or draw a digit", sheet.canvas, buttons, sheet.status), update };
}

// ---- Right answers among many digits

// Wilson's 95% interval, as in pixembed.evaluation.
export function wilson(right, total) {
  const z = 1.959964;
  const share = right / total;
  const scale = 1 + z ** 2 / total;
  const middle = (share + z ** 2 / (2 * total)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return [Math.max(0, middle - half), middle + half];
}

function makeCounter(lab) {
  const networks = Object.entries(lab.networks);
  const head = ["network", "right", "per cent", "95% interval"].map((text) => element("th", { textContent: text, scope: "col" }));
  const rows = networks.map(([textContent]) => {
    const name = element("th", { textContent, scope: "row" });
    return element("tr", {}, name, element("td"), element("td"), element("td"));
  });
  const caption = element("caption");
  const table = element("table", {}, caption, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
  let run = 0;

  function show(rights, total) {
    const whole = total === lab.images.length;
    caption.textContent = whole ? `${total} real digits under this noise` : `${total} of ${lab.images.length} real digits so far`;
    rows.forEach((row, place) => {
      const [low, high] = wilson(rights[place], total);
      const texts = [rights[place], ((100 * rights[place]) / total).toFixed(1), `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`];
      texts.forEach((text, column) => (row.cells[column + 1].textContent = text));
    });
  }

  // In short turns, so that the page stays awake; a newer count ends an older one.
  async function count(settings, seed) {
    run += 1;
    const mine = run;
    const rights = networks.map(() => 0);
    table.classList.add("explorer-busy");
    await new Promise((go) => setTimeout(go, PAUSE_BEFORE_COUNTING));
    let turn = performance.now();
    for (let place = 0; place < lab.images.length; place += 1) {
      if (run !== mine) return;
      const noisy = addNoise(lab.images[place], settings, seed + place + 1);
      networks.forEach(([, network], row) => {
        if (answerOf(network(noisy)) === lab.labels[place]) rights[row] += 1;
      });
      if (performance.now() - turn < LONGEST_TURN) continue;
      show(rights, place + 1);
      await new Promise((go) => setTimeout(go));
      turn = performance.now();
    }
    show(rights, lab.images.length);
    table.classList.remove("explorer-busy");
  }
  const node = panel("How many are right", element("div", { className: "explorer-scroll" }, table));
  return { node, count, stop: () => (run += 1) };
}

// ---- The whole

function openLab(model, root, lab) {
  let seed = 1;
  let drawn = new Uint8Array(sizeOf(lab.shape));
  let waiting = false;
  let counted = null;

  const choose = chooserOf(model);
  const classes = classesOf(model);
  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const digitPlace = () => clamp(model.get("digit"), DRAWN, lab.images.length - 1);

  const digit = makeDigitPanel(
    lab,
    classes,
    (place) => choose({ digit: place }),
    (pixels) => {
      drawn = centred(pixels, lab.shape);
      choose({ digit: DRAWN });
      showSoon();
    },
  );
  const controls = makeNoiseControls(model, choose, () => {
    seed += lab.images.length + 1;
    showSoon();
  });
  const sentence = makeSentenceLine();
  const seen = makeCanvas(lab.shape);
  const withTokens = lab.frontEnds.filter(({ tokensOf }) => tokensOf);
  const tokens = withTokens.map(({ name, tokensOf, last }) => makeTokens(lab.shape, tokensOf, last, ` in ${name}`));
  const answers = Object.fromEntries(Object.keys(lab.networks).map((name) => [name, makeAnswers(name, classes)]));
  const counter = makeCounter(lab);

  function showAnswers() {
    const place = digitPlace();
    digit.update(place);
    const clean = place === DRAWN ? drawn : lab.images[place];
    const truth = place === DRAWN ? null : lab.labels[place];
    const pixels = addNoise(clean, settings(), seed);
    const found = Object.entries(lab.networks).map(([name, network]) => {
      const probabilities = network(pixels);
      return [name, { probabilities, answer: answerOf(probabilities), truth }];
    });
    paintPicture(seen, pixels);
    for (const part of tokens) part.update(pixels);
    for (const [name, answer] of found) answers[name].update(answer);
    sentence.textContent = sentenceOf({ truth, empty: clean.every((level) => level === 0), answers: Object.fromEntries(found) });
    seen.setAttribute("aria-label", `What the networks see. ${sentence.textContent}`);
  }

  function show() {
    waiting = false;
    controls.update();
    showAnswers();
    const asked = JSON.stringify([settings(), seed]);
    if (asked !== counted) counter.count(settings(), seed);
    counted = asked;
  }

  // Several changes make one new state: a kind of noise comes with its numbers.
  function showSoon() {
    if (!waiting) requestAnimationFrame(show);
    waiting = true;
  }

  const columns = (className, parts) => element("div", { className }, ...parts.map(({ node }) => node));
  root.replaceChildren(
    controls.node,
    columns("explorer-bench", [digit, { node: panel("What the networks see", seen) }, ...tokens]),
    sentence,
    columns("explorer-answers", Object.values(answers)),
    counter.node,
  );
  show();
  const leave = follow(model, [...SETTINGS, "digit"], showSoon);
  return () => {
    counter.stop();
    leave();
  };
}

export function renderLab({ model, el }) {
  const words = element("p", {
    textContent: "Four trained networks and 300 real digits wait here. They take about 1.5 megabytes, and then answer in your browser.",
  });
  words.setAttribute("role", "status");
  const start = element("button", { type: "button", textContent: "Start the lab" });
  const root = explorerRoot("Lab", words, start);
  let close = () => {};

  start.addEventListener("click", async () => {
    start.disabled = true;
    words.textContent = "Loading …";
    try {
      const lab = await loadLab(model);
      close = openLab(model, root, lab);
    } catch (error) {
      words.textContent = `The lab cannot start. ${error.message}`;
      start.textContent = "Try again";
      start.disabled = false;
    }
  });
  el.append(root);
  return () => close();
}
