// The browser part of pixembed.widgets.NoiseExplorer. All it shows is stored in the model: it needs no kernel.

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
const PROBABILITY_STEPS = 65535;
const SELECTION = ["digit", "kind", "strength", "overflow"];
const OVERFLOW_NAMES = { clip: "clip: stop at 0 and 255", wrap: "wrap: modulo 256" };
const SVG = "http://www.w3.org/2000/svg";

// ---- What the model holds

function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function strengthsOf(model, kind) {
  const labels = [model.get("settings")[0].label];
  for (const setting of model.get("settings")) {
    if (setting.kind === kind) labels[setting.strength] = setting.label;
  }
  return labels;
}

function clamp(value, last) {
  return Math.min(Math.max(value, 0), last);
}

function selectionOf(model) {
  const kind = model.get("kind");
  return {
    digit: clamp(model.get("digit"), model.get("labels").length - 1),
    kind,
    strength: clamp(model.get("strength"), strengthsOf(model, kind).length - 1),
    overflow: model.get("overflow"),
  };
}

function settingIndex(settings, { kind, strength, overflow }) {
  if (strength === 0) return 0;
  return settings.findIndex(
    (setting) => setting.kind === kind && setting.strength === strength && setting.overflow === overflow,
  );
}

function shownNow(model) {
  const settings = model.get("settings");
  const selection = selectionOf(model);
  const row = selection.digit * settings.length + settingIndex(settings, selection);
  const stored = model.get("probabilities");
  const probabilities = Array.from({ length: CLASSES }, (_, digit) => {
    const place = 2 * (row * CLASSES + digit);
    return stored.getUint16(place, true) / PROBABILITY_STEPS;
  });
  return {
    selection,
    truth: model.get("labels")[selection.digit],
    pixels: bytesOf(model.get("frames")).subarray(row * PIXELS, (row + 1) * PIXELS),
    probabilities,
    answer: probabilities.indexOf(Math.max(...probabilities)),
  };
}

// ---- Words

function spoken(probability) {
  return probability >= 0.995 ? "more than 0.99" : probability.toFixed(2);
}

function answerSentence({ answer, probabilities, truth }) {
  return `The network answers ${answer} with probability ${spoken(probabilities[answer])}; the digit is a ${truth}.`;
}

function noiseInWords(model, { kind, strength, overflow }) {
  const label = strengthsOf(model, kind)[strength];
  if (strength === 0) return label;
  return `${model.get("kinds")[kind]}, ${label}, overflow: ${overflow}`;
}

function levelsInWords(counts) {
  const used = counts.filter((count) => count > 0).length;
  const most = Math.max(...counts);
  const commonest = counts.indexOf(most);
  return `${used} of the 256 grey levels occur; the most frequent is ${commonest}, in ${most} of ${PIXELS} pixels.`;
}

function capitalised(text) {
  return text[0].toUpperCase() + text.slice(1);
}

// ---- Building blocks

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function svgElement(name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

function radioGroup(legend, name, choices, onChoose) {
  const group = element("fieldset", {}, element("legend", { textContent: legend }));
  for (const [value, text] of Object.entries(choices)) {
    const input = element("input", { type: "radio", name, value });
    input.addEventListener("change", () => onChoose(value));
    group.append(element("label", {}, input, element("span", { textContent: text })));
  }
  return group;
}

function checkRadio(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
}

function panel(title, content) {
  const heading = element("div", { className: "noise-explorer-title", textContent: title });
  return element("div", { className: "noise-explorer-panel" }, heading, content);
}

// ---- Controls

function makeControls(model, choose) {
  const digits = element("select");
  model.get("labels").forEach((label, place, all) => {
    digits.append(element("option", { value: place, textContent: `a ${label} (${place + 1} of ${all.length})` }));
  });
  digits.addEventListener("change", () => choose({ digit: Number(digits.value) }));

  const kindNames = Object.entries(model.get("kinds")).map(([kind, name]) => [kind, capitalised(name)]);
  const kinds = radioGroup("Noise", "kind", Object.fromEntries(kindNames), (kind) => {
    choose({ kind, strength: clamp(model.get("strength"), strengthsOf(model, kind).length - 1) });
  });
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));

  const strength = element("input", { type: "range", min: 0, step: 1 });
  strength.addEventListener("input", () => choose({ strength: Number(strength.value) }));
  const strengthName = element("span", { className: "noise-explorer-strength" });

  // Radio buttons belong to their form: two explorers on one page do not disturb each other.
  const form = element(
    "form",
    { className: "noise-explorer-controls" },
    element("label", { className: "noise-explorer-digit" }, element("span", { textContent: "Digit" }), digits),
    kinds,
    overflows,
    element(
      "div",
      { className: "noise-explorer-slider" },
      element("label", {}, element("span", { textContent: "Strength" }), strength),
      strengthName,
    ),
  );
  form.addEventListener("submit", (event) => event.preventDefault());

  function update({ selection }) {
    const labels = strengthsOf(model, selection.kind);
    digits.value = selection.digit;
    checkRadio(kinds, selection.kind);
    checkRadio(overflows, selection.overflow);
    strength.max = labels.length - 1;
    strength.value = selection.strength;
    strength.setAttribute("aria-valuetext", labels[selection.strength]);
    strengthName.textContent = labels[selection.strength];
  }
  return { node: form, update };
}

// ---- The picture

function makePicture(model) {
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  canvas.setAttribute("role", "img");
  const context = canvas.getContext("2d");

  function update(shown) {
    const image = context.createImageData(SIDE, SIDE);
    shown.pixels.forEach((level, place) => image.data.set([level, level, level, 255], 4 * place));
    context.putImageData(image, 0, 0);
    const noise = noiseInWords(model, shown.selection);
    canvas.setAttribute("aria-label", `A handwritten ${shown.truth}; ${noise}. ${answerSentence(shown)}`);
  }
  return { node: panel("The picture", canvas), update };
}

// ---- The histogram

const PLOT = { left: 46, top: 8, width: 256, height: 150 };
const COUNT_TICKS = [0, 25, 100, 225, 400, 625];
const LEVEL_TICKS = [0, 64, 128, 192, 255];

function countHeight(count) {
  return PLOT.height * Math.sqrt(count / PIXELS);
}

function drawAxes(svg) {
  const bottom = PLOT.top + PLOT.height;
  for (const count of COUNT_TICKS) {
    const y = bottom - countHeight(count);
    svg.append(svgElement("path", { class: "noise-explorer-grid", d: `M${PLOT.left} ${y}h${PLOT.width}` }));
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

function makeHistogram() {
  const svg = svgElement("svg", { viewBox: "0 0 314 196", role: "img" });
  drawAxes(svg);
  const bars = svgElement("path", { class: "noise-explorer-levels" });
  svg.append(bars);

  function update({ pixels }) {
    const counts = new Array(256).fill(0);
    for (const level of pixels) counts[level] += 1;
    const bottom = PLOT.top + PLOT.height;
    const steps = counts.map((count, level) => `M${PLOT.left + level} ${bottom}v${-countHeight(count)}h1V${bottom}z`);
    bars.setAttribute("d", steps.join(""));
    svg.setAttribute("aria-label", `Histogram of the grey levels. ${levelsInWords(counts)}`);
  }
  return { node: panel("Its grey levels", svg), update };
}

// ---- The answer

function makeAnswer() {
  const rows = Array.from({ length: CLASSES }, (_, digit) => {
    const bar = element("div", { className: "noise-explorer-bar" });
    const value = element("span", { className: "noise-explorer-value" });
    const mark = element("span", { className: "noise-explorer-mark" });
    const track = element("div", { className: "noise-explorer-track" }, bar);
    const name = element("span", { textContent: digit });
    const row = element("div", { className: "noise-explorer-row" }, name, track, value, mark);
    row.setAttribute("role", "listitem");
    return { row, bar, value, mark };
  });
  const list = element("div", {}, ...rows.map(({ row }) => row));
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", "Probability of each answer");

  function update({ probabilities, answer, truth }) {
    rows.forEach(({ row, bar, value, mark }, digit) => {
      bar.style.width = `${100 * probabilities[digit]}%`;
      value.textContent = probabilities[digit].toFixed(2);
      mark.textContent = digit === truth ? "◂ the digit" : "";
      row.classList.toggle("noise-explorer-top", digit === answer);
    });
  }
  return { node: panel("Probability of each answer", list), update };
}

function makeSentence() {
  const node = element("p", { className: "noise-explorer-sentence" });
  node.setAttribute("aria-live", "polite");
  return { node, update: (shown) => (node.textContent = answerSentence(shown)) };
}

// ---- The whole

// A plain key moves a control here; JupyterLab would take it as a shortcut.
function keepFromNotebook(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

function render({ model, el }) {
  function choose(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  }
  const controls = makeControls(model, choose);
  const sentence = makeSentence();
  const panels = [makePicture(model), makeHistogram(), makeAnswer()];
  const root = element(
    "div",
    { className: "noise-explorer" },
    controls.node,
    sentence.node,
    element("div", { className: "noise-explorer-panels" }, ...panels.map(({ node }) => node)),
  );
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Noise explorer");
  root.addEventListener("keydown", keepFromNotebook);

  function update() {
    const shown = shownNow(model);
    root.classList.toggle("noise-explorer-wrong", shown.answer !== shown.truth);
    for (const part of [controls, sentence, ...panels]) part.update(shown);
  }
  for (const name of SELECTION) model.on(`change:${name}`, update);
  el.append(root);
  update();
  return () => {
    for (const name of SELECTION) model.off(`change:${name}`, update);
  };
}

export default { render };
