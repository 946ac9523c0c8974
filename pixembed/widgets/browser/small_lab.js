// The lab of the first page, drawn by renderSmallLab: one digit, one slider, and what four networks answer. It has no kernel and no class in Python.
import { checkRadio, element, explorerRoot, makeSentenceLine, panel, radioGroup } from "./dom.js";
import { makeDigitChoice } from "./lab.js";
import { addNoise } from "./noise.js";
import { OVERFLOW_NAMES, answerOf, classesOf, makeCanvas, paintPicture } from "./panels.js";
import { renderAfterLoading } from "./shelf.js";
import { answersInWords, makeStandings } from "./standings.js";

const STRENGTHS = { min: 0, max: 150, step: 5 };
const SEED = 1;

// Gaussian noise whose deviation is a fifth of its mean, as in most of the paper's cases.
export function gaussianOf(strength) {
  return { kind: "gaussian", parameters: { mean: strength, std: strength / 5 } };
}

function openSmallLab(model, root, { shape, digits, networks }) {
  const now = { place: 5, strength: 50, overflow: "clip" };
  const names = Object.keys(networks);
  const choose = (changes) => {
    Object.assign(now, changes);
    update();
  };
  const digit = makeDigitChoice(digits, classesOf(model).names, (place) => choose({ place }));
  const slider = element("input", { type: "range", ...STRENGTHS, value: now.strength });
  slider.addEventListener("input", () => choose({ strength: Number(slider.value) }));
  const words = element("span", { className: "explorer-strength" });
  const overflows = radioGroup("Overflow", "overflow", OVERFLOW_NAMES, (overflow) => choose({ overflow }));
  const seen = makeCanvas(shape);
  const sentence = makeSentenceLine();
  const standings = makeStandings(names);

  function update() {
    const { place, strength, overflow } = now;
    const { pixels: clean, label: truth } = digits[place];
    const pixels = addNoise(clean, { ...gaussianOf(strength), overflow }, SEED);
    const answers = Object.fromEntries(
      names.map((name) => {
        const probabilities = networks[name](pixels);
        return [name, { probabilities, answer: answerOf(probabilities) }];
      }),
    );
    digit.update(place);
    checkRadio(overflows, overflow);
    words.textContent = strength === 0 ? "no noise" : `mean ${strength}, deviation ${strength / 5} grey levels`;
    slider.setAttribute("aria-valuetext", words.textContent);
    paintPicture(seen, pixels);
    standings.update(answers, truth);
    sentence.textContent = answersInWords({ truth, empty: false, answers });
    seen.setAttribute("aria-label", `What the networks see. ${sentence.textContent}`);
  }

  const label = element("label", {}, element("span", { textContent: "Noise" }), slider);
  const form = element(
    "form",
    { className: "explorer-controls explorer-inline" },
    element("div", { className: "explorer-buttons" }, element("b", { textContent: "Digit" }), ...digit.nodes),
    overflows,
    element("div", { className: "explorer-slider" }, label, words),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  const bench = element("div", { className: "explorer-pair" }, panel("What they see", seen), standings.node);
  root.replaceChildren(form, bench, sentence);
  update();
  return () => {};
}

export function renderSmallLab({ model, el }) {
  const root = explorerRoot("Small lab");
  el.append(root);
  const words = "Try it here: one digit, more and more noise, and four trained networks that answer in your browser. They take about 1.5 megabytes.";
  return renderAfterLoading({ model, root, words, name: "small lab" }, (shelf) => openSmallLab(model, root, shelf));
}
