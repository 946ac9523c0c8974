// The noise explorer, drawn by renderNoiseExplorer. All it shows is stored in the model: it needs no kernel.
import { capitalised, checkRadio, chooserOf, clamp, element, explorerRoot, follow, makeSentenceLine, panel, radioGroup } from "./dom.js";
import { OVERFLOW_NAMES, answerOf, bytesOf, classesOf, makeAnswers, makeCanvas, makeHistogram, makePictureChoice, makeTokens, paintPicture, shapeOf, sizeOf, spoken } from "./panels.js";

const PROBABILITY_STEPS = 65535;
const SELECTION = ["digit", "kind", "strength", "overflow"];

// ---- What the model holds

function strengthsOf(model, kind) {
  const labels = [model.get("settings")[0].label];
  for (const setting of model.get("settings")) {
    if (setting.kind === kind) labels[setting.strength] = setting.label;
  }
  return labels;
}

function selectionOf(model) {
  const kind = model.get("kind");
  return {
    digit: clamp(model.get("digit"), 0, model.get("labels").length - 1),
    kind,
    strength: clamp(model.get("strength"), 0, strengthsOf(model, kind).length - 1),
    overflow: model.get("overflow"),
  };
}

// The overflow of a setting is null where nothing overflows.
function settingIndex(settings, { kind, strength, overflow }) {
  if (strength === 0) return 0;
  return settings.findIndex(
    (setting) => setting.kind === kind && setting.strength === strength && (setting.overflow ?? overflow) === overflow,
  );
}

function overflowMatters(model, kind) {
  return model.get("settings").some((setting) => setting.kind === kind && setting.overflow !== null);
}

function hasAnswers(model) {
  return model.get("probabilities").byteLength > 0;
}

function answersIn(stored, row, classes) {
  const probabilities = Array.from({ length: classes }, (_, place) => {
    return stored.getUint16(2 * (row * classes + place), true) / PROBABILITY_STEPS;
  });
  return { probabilities, answer: answerOf(probabilities) };
}

function shownNow(model) {
  const settings = model.get("settings");
  const selection = selectionOf(model);
  const row = selection.digit * settings.length + settingIndex(settings, selection);
  const size = sizeOf(shapeOf(model));
  return {
    selection,
    truth: model.get("labels")[selection.digit],
    pixels: bytesOf(model.get("frames")).subarray(row * size, (row + 1) * size),
    ...(hasAnswers(model) ? answersIn(model.get("probabilities"), row, classesOf(model).names.length) : {}),
  };
}

// ---- Words

function answerSentence(classes, { answer, probabilities, truth }) {
  const probability = spoken(probabilities[answer]);
  return `The network answers ${classes.names[answer]} with probability ${probability}; ${classes.truth(truth)}.`;
}

function noiseInWords(model, { kind, strength, overflow }) {
  const label = strengthsOf(model, kind)[strength];
  if (strength === 0) return label;
  const words = `${model.get("kinds")[kind]}, ${label}`;
  return overflowMatters(model, kind) ? `${words}, overflow: ${overflow}` : words;
}

// ---- Controls

function makeControls(model, choose) {
  const classes = classesOf(model);
  const digits = makePictureChoice(model.get("labels"), classes);
  digits.addEventListener("change", () => choose({ digit: Number(digits.value) }));

  // In the order of the settings: notebooks keep no order of an object.
  const inOrder = [...new Set(model.get("settings").map(({ kind }) => kind))];
  const named = inOrder.filter((kind) => kind in model.get("kinds")).map((kind) => [kind, model.get("kinds")[kind]]);
  const kindNames = named.map(([kind, name]) => [kind, capitalised(name)]);
  const kinds = radioGroup("Noise", "kind", Object.fromEntries(kindNames), (kind) => {
    choose({ kind, strength: clamp(model.get("strength"), 0, strengthsOf(model, kind).length - 1) });
  });
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));

  const strength = element("input", { type: "range", min: 0, step: 1 });
  strength.addEventListener("input", () => choose({ strength: Number(strength.value) }));
  const strengthName = element("span", { className: "explorer-strength" });
  const strengthTitle = named.length > 1 ? "Strength" : `Strength of ${named[0][1]}`;

  const form = element(
    "form",
    { className: "explorer-controls" },
    element("label", { className: "explorer-digit" }, element("span", { textContent: capitalised(classes.kind) }), digits),
    ...(named.length > 1 ? [kinds] : []),
    overflows,
    element(
      "div",
      { className: "explorer-slider" },
      element("label", {}, element("span", { textContent: strengthTitle }), strength),
      strengthName,
    ),
  );
  form.addEventListener("submit", (event) => event.preventDefault());

  function update({ selection }) {
    const labels = strengthsOf(model, selection.kind);
    digits.value = selection.digit;
    checkRadio(kinds, selection.kind);
    checkRadio(overflows, selection.overflow);
    overflows.disabled = !overflowMatters(model, selection.kind);
    strength.max = labels.length - 1;
    strength.value = selection.strength;
    strength.setAttribute("aria-valuetext", labels[selection.strength]);
    strengthName.textContent = labels[selection.strength];
  }
  return { node: form, update };
}

// ---- What is seen

function makePicture(model) {
  const canvas = makeCanvas(shapeOf(model));
  const classes = classesOf(model);

  function update(shown) {
    paintPicture(canvas, shown.pixels);
    const noise = noiseInWords(model, shown.selection);
    const words = [`${classes.picture(shown.truth)}; ${noise}.`];
    if (hasAnswers(model)) words.push(answerSentence(classes, shown));
    canvas.setAttribute("aria-label", words.join(" "));
  }
  return { node: panel("The picture", canvas), update };
}

function makeSentence(classes) {
  const node = makeSentenceLine();

  function update(shown) {
    node.textContent = answerSentence(classes, shown);
    node.classList.toggle("explorer-wrong", shown.answer !== shown.truth);
  }
  return { node, update };
}

function ofPixels({ node, update }) {
  return { node, update: ({ pixels }) => update(pixels) };
}

// ---- The whole

export function renderNoiseExplorer({ model, el }) {
  const choose = chooserOf(model);
  const tokens = model.get("tokens");
  const [shape, classes] = [shapeOf(model), classesOf(model)];
  const controls = makeControls(model, choose);
  const sentence = hasAnswers(model) ? [makeSentence(classes)] : [];
  const panels = [
    makePicture(model),
    ...(tokens.length ? [ofPixels(makeTokens(shape, () => tokens, Math.max(1, ...tokens)))] : []),
    ofPixels(makeHistogram(shape)),
    ...(hasAnswers(model) ? [makeAnswers("Probability of each answer", classes)] : []),
  ];
  const grid = element("div", { className: "explorer-panels" }, ...panels.map(({ node }) => node));
  const root = explorerRoot("Noise explorer", controls.node, ...sentence.map(({ node }) => node), grid);

  function update() {
    const shown = shownNow(model);
    for (const part of [controls, ...sentence, ...panels]) part.update(shown);
  }
  el.append(root);
  update();
  return follow(model, SELECTION, update);
}
