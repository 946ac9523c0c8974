// The lab, drawn by renderLab: noise on a digit, and four networks that answer here in the browser.
import { makeCounter } from "./counting.js";
import { chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel } from "./dom.js";
import { centred, makeSheet } from "./drawing.js";
import { addNoise } from "./noise.js";
import { answerOf, classesOf, makeAnswers, makeCanvas, makeTokens, paintPicture, sizeOf } from "./panels.js";
import { SETTINGS, makeNoiseControls, settingInAddress } from "./settings.js";
import { renderAfterLoading } from "./shelf.js";
import { answersInWords, makeStandings } from "./standings.js";

const DRAWN = -1;
const PAUSE_BEFORE_COUNTING = 150;
const DIGITS_IN_THE_LAB = 300;

// ---- The digit: picked or drawn

// The menu of classes, and a button for the next digit of the class.
export function makeDigitChoice(digits, names, onPick) {
  const classes = element("select", { ariaLabel: "Class of the digit" });
  names.forEach((textContent, value) => classes.append(element("option", { value, textContent })));
  const another = element("button", { type: "button", textContent: "Another" });
  let shown = 0;

  const ofClass = (label) => [...digits.keys()].filter((place) => digits[place].label === label);
  classes.addEventListener("change", () => onPick(ofClass(Number(classes.value))[0]));
  another.addEventListener("click", () => {
    const places = ofClass(Number(classes.value));
    onPick(places[(places.indexOf(shown) + 1) % places.length]);
  });

  // The menu names no class of a drawing.
  function update(place) {
    shown = place;
    classes.value = place === DRAWN ? "" : digits[place].label;
  }
  return { nodes: [classes, another], update };
}

function makeDigitPanel({ shape, digits }, words, onPick, onDraw) {
  const choice = makeDigitChoice(digits, words.names, onPick);
  const clear = element("button", { type: "button", textContent: "Clear, to draw" });
  const sheet = makeSheet(shape, onDraw);
  clear.addEventListener("click", sheet.clear);

  function update(place) {
    choice.update(place);
    if (place === DRAWN) return sheet.describe("Your drawing.");
    const { label, pixels } = digits[place];
    sheet.put(pixels);
    sheet.describe(`${words.picture(label)}.`);
  }
  const buttons = element("div", { className: "explorer-buttons" }, ...choice.nodes, clear);
  return { node: panel("The digit", sheet.canvas, buttons), status: sheet.status, update };
}

// ---- Right answers among many digits

// Each network counts for itself.
function makeCount({ shape, stored, digits }, standings) {
  const counters = Object.values(stored.networks).map((network) => {
    const counter = makeCounter();
    counter.take({ shape, network, digits: stored.digits });
    return counter;
  });
  let waiting = null;

  function start(settings, seed) {
    clearTimeout(waiting);
    standings.startCount();
    waiting = setTimeout(() => {
      const task = { noises: [settings], seed, most: digits.length };
      counters.forEach((counter, place) => counter.count(task, (found) => standings.show(place, found)));
    }, PAUSE_BEFORE_COUNTING);
  }
  function close() {
    clearTimeout(waiting);
    for (const counter of counters) counter.close();
  }
  return { start, close };
}

// ---- The whole

function openLab(model, root, shelf) {
  const { shape, digits } = shelf;
  let seed = 1;
  let drawn = new Uint8Array(sizeOf(shape));
  let waiting = false;
  let counted = null;

  const choose = chooserOf(model);
  const classes = classesOf(model);
  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const digitPlace = () => clamp(model.get("digit"), DRAWN, digits.length - 1);

  const digit = makeDigitPanel(
    shelf,
    classes,
    (place) => choose({ digit: place }),
    (pixels) => {
      drawn = centred(pixels, shape);
      choose({ digit: DRAWN });
      showSoon();
    },
  );
  const controls = makeNoiseControls(model, choose, () => {
    seed += digits.length + 1;
    showSoon();
  });
  const names = Object.keys(shelf.networks);
  const sentence = makeSentenceLine();
  const seen = makeCanvas(shape);
  const withTokens = shelf.frontEnds.filter(({ tokensOf }) => tokensOf);
  const tokens = withTokens.map(({ name, tokensOf, last }) => makeTokens(shape, tokensOf, last, ` in ${name}`));
  const charts = Object.fromEntries(names.map((name) => [name, makeAnswers(name, classes)]));
  const standings = makeStandings(names, digits.length);
  const count = makeCount(shelf, standings);

  function showAnswers() {
    const place = digitPlace();
    digit.update(place);
    const { pixels: clean, label: truth } = place === DRAWN ? { pixels: drawn, label: null } : digits[place];
    const pixels = addNoise(clean, settings(), seed);
    const found = Object.entries(shelf.networks).map(([name, network]) => {
      const probabilities = network(pixels);
      return [name, { probabilities, answer: answerOf(probabilities), truth }];
    });
    const answers = Object.fromEntries(found);
    paintPicture(seen, pixels);
    for (const part of tokens) part.update(pixels);
    for (const [name, answer] of found) charts[name].update(answer);
    standings.update(answers, truth);
    sentence.textContent = answersInWords({ truth, empty: clean.every((level) => level === 0), answers });
    seen.setAttribute("aria-label", `What the networks see. ${sentence.textContent}`);
  }

  function show() {
    waiting = false;
    controls.update();
    showAnswers();
    const asked = JSON.stringify([settings(), seed]);
    if (asked !== counted) count.start(settings(), seed);
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
    columns("explorer-bench", [digit, { node: panel("What they see", seen) }, standings]),
    sentence,
    columns("explorer-answers", Object.values(charts)),
    columns("explorer-halves", tokens),
    digit.status,
  );
  show();
  const leave = follow(model, [...SETTINGS, "digit"], showSoon);
  return () => {
    count.close();
    leave();
  };
}

// In the book an address may say what is set.
function takeSettingOfAddress(model) {
  const found = window.pixembedLabAddress && settingInAddress(location.hash, model.get("noises"), DIGITS_IN_THE_LAB);
  if (found) chooserOf(model)(found);
  return Boolean(found);
}

export function renderLab({ model, el }) {
  const root = explorerRoot("Lab");
  el.append(root);
  const soon = takeSettingOfAddress(model);
  const hear = () => takeSettingOfAddress(model) && root.scrollIntoView();
  window.addEventListener("hashchange", hear);
  const words = "Four trained networks and 300 real digits wait here. They take about 1.5 megabytes, and then answer in your browser.";
  const close = renderAfterLoading({ model, root, words, name: "lab", soon }, (shelf) => openLab(model, root, shelf));
  if (soon) root.scrollIntoView();
  return () => {
    window.removeEventListener("hashchange", hear);
    close();
  };
}
