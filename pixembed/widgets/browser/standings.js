// What several networks answer to one digit, and how many of many digits they read.
import { wilson } from "./counting.js";
import { element } from "./dom.js";
import { colourAnswer, spoken } from "./panels.js";

export function answersInWords({ truth, empty, answers }) {
  const known = truth === null ? "Your drawing" : `The digit is ${truth}`;
  const start = empty ? "Nothing is drawn. The networks answer all the same" : known;
  const parts = Object.entries(answers).map(([name, { answer, probabilities }]) => `${name} answers ${answer} (${spoken(probabilities[answer])})`);
  return `${start}: ${parts.join(", ")}.`;
}

// `counted` is how many digits are counted, 0 for none.
export function makeStandings(names, counted = 0) {
  const columns = ["network", "answer", ...(counted ? ["right, per cent"] : [])];
  const head = columns.map((textContent) => element("th", { textContent, scope: "col" }));
  const rows = names.map((textContent) => {
    const cells = columns.slice(1).map(() => element("td"));
    return element("tr", {}, element("th", { textContent, scope: "row" }), ...cells);
  });
  const caption = element("caption", { textContent: "What they answer, and with which probability" });
  const table = element("table", { className: "explorer-standings" }, caption, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
  const asked = new Map();

  function update(answers, truth) {
    rows.forEach((row, place) => {
      const { answer, probabilities } = answers[names[place]];
      row.cells[1].textContent = `${answer} (${probabilities[answer].toFixed(2)})`;
      colourAnswer(row, answer, truth);
    });
  }

  function say() {
    const least = Math.min(...rows.map((_, place) => asked.get(place) ?? 0));
    const whole = least === counted;
    caption.textContent = whole ? `${counted} real digits under this noise` : `${least} of ${counted} real digits so far`;
    table.classList.toggle("explorer-busy", !whole);
  }

  function startCount() {
    asked.clear();
    say();
  }

  function show(place, { right, asked: total }) {
    asked.set(place, total);
    const [share, low, high] = [right / total, ...wilson(right, total)].map((one) => (100 * one).toFixed(1));
    rows[place].cells[2].textContent = `${share} (${low}\u00a0to\u00a0${high})`;
    say();
  }
  return { node: element("div", { className: "explorer-scroll" }, table), update, startCount, show };
}
