// The strength explorer, drawn by renderStrengthExplorer. All pictures and answers are stored in the model: it needs no kernel.
import { chooserOf, capitalised, clamp, element, explorerRoot, follow, makeSentenceLine, panel } from "./dom.js";
import { answerOf, bytesOf, classesOf, makeAnswers, makeCanvas, makeLegend, makePictureChoice, paint, paintPicture, shapeOf, sizeOf, tokenColour } from "./panels.js";

const STRENGTH_STATE = ["digit", "choice", "strength"];
const STEPS_OF_ONE = 65535;

// ---- What the model holds

function readStrengths(model) {
  const labels = model.get("labels");
  const strengths = model.get("strengths");
  const probabilities = model.get("probabilities");
  return {
    labels,
    strengths,
    choices: model.get("choices"),
    networks: model.get("networks"),
    titles: model.get("titles"),
    classes: classesOf(model),
    shape: shapeOf(model),
    frames: bytesOf(model.get("frames")),
    probability: (place) => probabilities.getUint16(2 * place, true) / STEPS_OF_ONE,
    tokens: model.get("tokens"),
    last: model.get("last"),
    ofWhat: model.get("of_what"),
    rows: labels.length * strengths.length * strengths[0].length,
  };
}

function strengthNow(model, stored) {
  const { labels, strengths, choices, networks, classes, shape } = stored;
  const count = strengths[0].length;
  const digit = clamp(model.get("digit"), 0, labels.length - 1);
  const choice = clamp(model.get("choice"), 0, choices.length - 1);
  const strength = clamp(model.get("strength"), 0, count - 1);
  const row = (choice * count + strength) * labels.length + digit;
  const size = sizeOf(shape);
  const answers = networks.map((_, network) => {
    const first = (network * stored.rows + row) * classes.names.length;
    const probabilities = classes.names.map((_name, place) => stored.probability(first + place));
    return { probabilities, answer: answerOf(probabilities), truth: labels[digit] };
  });
  return { digit, choice, strength, row, truth: labels[digit], answers, pixels: stored.frames.subarray(row * size, (row + 1) * size) };
}

// ---- Words

function wrongInWords({ answers, truth }, { networks, classes }) {
  const wrong = answers.map(({ answer }, place) => (answer === truth ? "" : `${networks[place]} answers ${classes.names[answer]}`));
  const said = wrong.filter((words) => words);
  return said.length ? `${said.join("; ")}.` : "Every network is right.";
}

function strengthInWords({ choice, strength, truth }, { choices, strengths, classes }) {
  return `${classes.picture(truth)}; ${choices[choice]}, ${strengths[choice][strength]}.`;
}

// ---- Controls

function labelled(title, control) {
  return element("label", { className: "explorer-digit" }, element("span", { textContent: title }), control);
}

function makeStrengthControls(stored, choose) {
  const { labels, choices, strengths, classes, titles } = stored;
  const menu = element("select", { name: "choice" }, ...choices.map((textContent, value) => element("option", { value, textContent })));
  menu.addEventListener("change", () => choose({ choice: Number(menu.value) }));
  const digits = makePictureChoice(labels, classes);
  digits.name = "digit";
  digits.addEventListener("change", () => choose({ digit: Number(digits.value) }));
  const slider = element("input", { type: "range", name: "strength", min: 0, max: strengths[0].length - 1, step: 1 });
  slider.addEventListener("input", () => choose({ strength: Number(slider.value) }));
  const name = element("span", { className: "explorer-strength" });
  const node = element(
    "form",
    { className: "explorer-controls" },
    ...(choices.length > 1 ? [labelled(titles.choice, menu)] : []),
    ...(labels.length > 1 ? [labelled(capitalised(classes.kind), digits)] : []),
    element("div", { className: "explorer-slider" }, element("label", {}, element("span", { textContent: titles.strength }), slider), name),
  );
  node.addEventListener("submit", (event) => event.preventDefault());

  function update({ digit, choice, strength }) {
    menu.value = choice;
    digits.value = digit;
    slider.value = strength;
    name.textContent = strengths[choice][strength];
    slider.setAttribute("aria-valuetext", strengths[choice][strength]);
  }
  return { node, update };
}

// ---- What is seen

function makeStrengthPicture(stored) {
  const canvas = makeCanvas(stored.shape);

  function update(now) {
    paintPicture(canvas, now.pixels);
    canvas.setAttribute("aria-label", `${strengthInWords(now, stored)} ${wrongInWords(now, stored)}`);
  }
  return { node: panel("The picture", canvas), update };
}

function makeStrengthTokens({ shape: [height, width], tokens, last, ofWhat }) {
  const canvas = makeCanvas([height, width]);
  const size = height * width;
  const title = ofWhat ? `Its tokens: ${ofWhat}` : "Its tokens";

  function update({ row }) {
    const own = Array.from({ length: size }, (_, place) => tokens.getUint16(2 * (row * size + place), true));
    paint(canvas, own, (token) => tokenColour(Math.sqrt(token / last)));
    canvas.setAttribute("aria-label", `${title}, as colours: ${own.filter((token) => token === 0).length} of ${size} are 0.`);
  }
  return { node: panel(title, canvas, makeLegend(last)), update };
}

// ---- The whole

export function renderStrengthExplorer({ model, el }) {
  const stored = readStrengths(model);
  const controls = makeStrengthControls(stored, chooserOf(model));
  const sentence = makeSentenceLine();
  const seen = [makeStrengthPicture(stored), ...(stored.tokens.byteLength ? [makeStrengthTokens(stored)] : [])];
  const answers = stored.networks.map((name) => makeAnswers(name, stored.classes));
  const nodes = (parts) => parts.map(({ node }) => node);
  const root = explorerRoot(
    "Strength explorer",
    controls.node,
    element("div", { className: "explorer-seen" }, ...nodes(seen)),
    sentence,
    element("div", { className: "explorer-answers" }, ...nodes(answers)),
  );

  function update() {
    const now = strengthNow(model, stored);
    for (const part of [controls, ...seen]) part.update(now);
    answers.forEach((part, network) => part.update(now.answers[network]));
    sentence.textContent = wrongInWords(now, stored);
    sentence.classList.toggle("explorer-wrong", now.answers.some(({ answer }) => answer !== now.truth));
  }
  el.append(root);
  update();
  return follow(model, STRENGTH_STATE, update);
}
