// The noise that a reader sets: its kind, its numbers, and what becomes of sums that do not fit.
import { checkRadio, clamp, element, radioGroup } from "./dom.js";
import { OVERFLOW_NAMES } from "./panels.js";

export const SETTINGS = ["kind", "parameters", "overflow"];

// What becomes of a text that should be a number; what is none leaves what there was.
function numberTaken({ low, high, whole }, text, before) {
  const wished = Number(text);
  if (text.trim() === "" || !Number.isFinite(wished)) return { value: before, mended: true };
  const value = clamp(whole ? Math.round(wished) : wished, low, high);
  return { value, mended: value !== wished };
}

// The setting in an address such as "#kind=impulse&probability=0.5&value=100&overflow=wrap&digit=5"; null if there is none.
export function settingInAddress(hash, noises, digits) {
  const asked = new URLSearchParams(hash.slice(1));
  const noise = noises.find(({ kind }) => kind === asked.get("kind"));
  if (!noise) return null;
  const taken = ({ name, start, choices, ...control }) => {
    const text = asked.get(name) ?? "";
    if (choices) return choices.includes(text) ? text : start;
    return numberTaken(control, text, start).value;
  };
  return {
    kind: noise.kind,
    parameters: Object.fromEntries(noise.controls.map((control) => [control.name, taken(control)])),
    overflow: asked.get("overflow") === "wrap" ? "wrap" : "clip",
    digit: numberTaken({ low: 0, high: digits - 1, whole: true }, asked.get("digit") ?? "", 0).value,
  };
}

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
    const { value, mended } = numberTaken(control, text, current);
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

export function makeNoiseControls(model, choose, drawAgain) {
  const noises = model.get("noises");
  const noiseOf = (kind) => noises.find((noise) => noise.kind === kind);
  const kindNames = noises.map(({ kind, words }) => [kind, words]);
  const kinds = radioGroup("Noise", "kind", Object.fromEntries(kindNames), (kind) => {
    const starts = noiseOf(kind).controls.map(({ name, start }) => [name, start]);
    choose({ kind, parameters: Object.fromEntries(starts) });
  });
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));
  const again = element("button", { type: "button", textContent: "Draw again" });
  again.addEventListener("click", drawAgain);
  const numbers = element("div", { className: "explorer-numbers" });
  const form = element("form", { className: "explorer-controls explorer-inline" }, kinds, overflows, again, numbers);
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
