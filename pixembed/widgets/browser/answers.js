// Questions whose answers are checked here, drawn by renderQuestion. What is said is what verdicts.py says.
import { clamp, element, explorerRoot, makeSentenceLine } from "./dom.js";
import { grey, paint } from "./panels.js";
import { NO_PIXEL, makePicking } from "./picking.js";

const SEAL_KEY_BYTES = 16;
const ROUNDING = 1e-9;
const PLACE_HELP = "Click a pixel, or move with the arrow keys and press Enter.";

// ---- What is hidden: no secret, but not read at a glance

function unsealed(sealed) {
  const code = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
  const text = code.subarray(SEAL_KEY_BYTES).map((byte, place) => byte ^ code[place % SEAL_KEY_BYTES]);
  return JSON.parse(new TextDecoder().decode(text));
}

// ---- What is said

const joined = (...words) => words.filter((word) => word).join(" ");
const rightWith = (...words) => ({ right: true, words: joined("Right.", ...words) });
const wrongWith = (...words) => ({ right: false, words: joined("Not yet.", ...words) });

function judgeNumber(given, { answer, tolerance, slips, hint, why }) {
  const near = (number, within = 0) => Math.abs(given - number) <= within + ROUNDING * (1 + Math.abs(number));
  if (near(answer, tolerance)) return rightWith(why);
  const slip = slips.find(([number]) => near(number));
  if (slip) return wrongWith(slip[1]);
  return wrongWith(`That is too ${given < answer ? "small" : "large"}.`, hint);
}

function judgeChoice(given, { answers, words, hint }) {
  const wrong = given.filter((place) => !answers.includes(place));
  if (wrong.length) return wrongWith(...wrong.map((place) => words[place]));
  if (given.length < answers.length) return wrongWith("What you chose is right, but something is missing.", hint);
  return rightWith(...given.map((place) => words[place]));
}

function judgeOrder(given, { order, hint, why }) {
  const count = given.filter((item, place) => item === order[place]).length;
  if (count === given.length) return rightWith(why);
  const stand = count === 1 ? "stands in its place" : "stand in their places";
  return wrongWith(`${count} of ${given.length} ${stand}.`, hint);
}

function judgePlace(given, { places, hint, why }, width) {
  if (places.includes(given)) return rightWith(why);
  return wrongWith(`It is not row ${Math.floor(given / width) + 1}, column ${(given % width) + 1}.`, hint);
}

// ---- What is asked. `read` gives the answer, or null where there is none yet; `missing` says so.

// Takes 0.5, 0,5, 1/2, 1,000 and −3.
function numberIn(text) {
  const plain = text.replace(/[\s\u2009\u202f]/g, "").replace(/\u2212/g, "-");
  const ungrouped = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replace(/,/g, "") : plain.replace(",", ".");
  const [above, below = "1", ...rest] = ungrouped.split("/");
  const number = above === "" || below === "" || rest.length ? NaN : Number(above) / Number(below);
  return Number.isFinite(number) ? number : null;
}

function askNumber({ question, unit }) {
  const input = element("input", { type: "text", autocomplete: "off", size: 8 });
  const after = unit ? [element("span", { textContent: unit })] : [];
  const title = element("span", { className: "question-title", textContent: question });
  return {
    node: element("label", { className: "question-number" }, title, element("span", {}, input, ...after)),
    read: () => numberIn(input.value),
    missing: "Write a number, such as 0.5 or 1/2.",
    judge: judgeNumber,
  };
}

function titled(question, ...content) {
  return element("fieldset", {}, element("legend", { className: "question-title", textContent: question }), ...content);
}

function askChoice({ question, items, several }) {
  const inputs = items.map((_, value) => element("input", { type: several ? "checkbox" : "radio", name: "answer", value }));
  const labels = items.map((text, place) => element("label", {}, inputs[place], element("span", { textContent: text })));
  const chosen = () => inputs.filter((input) => input.checked).map((input) => Number(input.value));
  return {
    node: titled(question, ...labels),
    read: () => (chosen().length ? chosen() : null),
    missing: "Choose an answer first.",
    judge: judgeChoice,
  };
}

function askOrder({ question, items }, onChange) {
  const list = element("ol", { className: "question-order" });

  function place(row, step) {
    const others = [...list.children].filter((other) => other !== row);
    const at = clamp([...list.children].indexOf(row) + step, 0, others.length);
    list.insertBefore(row, others[at] ?? null);
  }
  function nameButtons() {
    [...list.children].forEach((row, at) => {
      for (const button of row.querySelectorAll("button")) {
        button.setAttribute("aria-label", `${row.dataset.text}, ${at + 1} of ${items.length}: move ${button.name}`);
      }
    });
  }
  items.forEach((text, item) => {
    const row = element("li", {}, element("span", { textContent: text }));
    Object.assign(row.dataset, { item, text });
    for (const [name, step, sign] of [["up", -1, "↑"], ["down", 1, "↓"]]) {
      const button = element("button", { type: "button", name, textContent: sign });
      button.addEventListener("click", () => {
        place(row, step);
        nameButtons();
        button.focus(); // which it lost when it moved
        onChange();
      });
      row.append(button);
    }
    list.append(row);
  });
  nameButtons();
  return {
    node: titled(question, list),
    read: () => [...list.children].map((row) => Number(row.dataset.item)),
    judge: judgeOrder,
  };
}

function askPlace({ question, image }, onChange, check) {
  const [height, width] = [image.length, image[0].length];
  const levels = image.flat();
  const words = element("p", { className: "explorer-words question-words", textContent: PLACE_HELP });
  words.setAttribute("aria-live", "polite");
  const title = element("p", { className: "question-title", textContent: question });
  let picked = NO_PIXEL;

  function pick(pixel) {
    picked = pixel;
    picking.update(pixel);
    words.textContent = `Row ${Math.floor(pixel / width) + 1} of ${height}, column ${(pixel % width) + 1} of ${width}: grey level ${levels[pixel]}.`;
    onChange();
  }
  const picking = makePicking([height, width], pick);
  picking.canvas.addEventListener("click", check);
  picking.canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    check();
  });
  picking.canvas.setAttribute("aria-label", `A picture of ${height} rows and ${width} columns. ${PLACE_HELP}`);
  paint(picking.canvas, levels, grey);
  picking.update(NO_PIXEL);
  return {
    node: element("div", {}, title, picking.node, words),
    read: () => (picked === NO_PIXEL ? null : picked),
    missing: "Pick a pixel first.",
    judge: (given, hidden) => judgePlace(given, hidden, width),
  };
}

const ASKING = { number: askNumber, choice: askChoice, order: askOrder, place: askPlace };

// ---- The whole

function makeVerdict() {
  const node = makeSentenceLine();
  node.classList.add("question-verdict");

  function say(words, right) {
    node.textContent = words;
    node.classList.toggle("explorer-wrong", right === false);
    node.classList.toggle("question-right", right === true);
  }
  return { node, say };
}

export function renderQuestion({ model, el }) {
  const names = ["kind", "question", "unit", "items", "several", "image"];
  const stored = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const verdict = makeVerdict();
  const forget = () => verdict.say("");
  const asked = ASKING[stored.kind](stored, forget, check);

  function check() {
    const given = asked.read();
    if (given === null) return verdict.say(asked.missing);
    const { right, words } = asked.judge(given, unsealed(model.get("sealed")));
    return verdict.say(words, right);
  }
  const form = element("form", {}, asked.node, element("button", { type: "submit", textContent: "Check" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  form.addEventListener("input", forget);
  const root = explorerRoot(`Question: ${stored.question}`, form, verdict.node);
  root.classList.add("question");
  el.append(root);
}
