// Building blocks of all explorers: elements, groups of choices, panels, and the model behind them.

const SVG = "http://www.w3.org/2000/svg";

export function clamp(value, first, last) {
  return Math.min(Math.max(value, first), last);
}

export function capitalised(text) {
  return text[0].toUpperCase() + text.slice(1);
}

export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

export function svgElement(name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

// Radio buttons belong to their form: two explorers on one page do not disturb each other.
export function radioGroup(legend, name, choices, onChoose) {
  const group = element("fieldset", {}, element("legend", { textContent: legend }));
  for (const [value, text] of Object.entries(choices)) {
    const input = element("input", { type: "radio", name, value });
    input.addEventListener("change", () => onChoose(value));
    group.append(element("label", {}, input, element("span", { textContent: text })));
  }
  return group;
}

export function checkRadio(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
}

export function panel(title, ...content) {
  const heading = element("div", { className: "explorer-title", textContent: title });
  return element("div", { className: "explorer-panel" }, heading, ...content);
}

// A plain key moves a control here; JupyterLab would take it as a shortcut.
function keepFromNotebook(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

export function explorerRoot(name, ...children) {
  const root = element("div", { className: "explorer" }, ...children);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", name);
  root.addEventListener("keydown", keepFromNotebook);
  return root;
}

export function makeSentenceLine() {
  const node = element("p", { className: "explorer-sentence" });
  node.setAttribute("aria-live", "polite");
  return node;
}

// ---- The model of a widget

export function chooserOf(model) {
  return (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
}

// Calls `update` whenever one of the names changes; returns a function that ends this.
export function follow(model, names, update) {
  for (const name of names) model.on(`change:${name}`, update);
  return () => {
    for (const name of names) model.off(`change:${name}`, update);
  };
}
