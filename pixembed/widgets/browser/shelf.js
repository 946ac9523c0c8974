// The trained networks and the digits that several explorers ask for: from the book's own folder, or from the kernel.
import { digitsOf } from "./counting.js";
import { element } from "./dom.js";
import { makeFrontEnd, makeNetwork } from "./network.js";

const LONGEST_WAIT = 20000;

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

async function takeFromTheShelf(model) {
  const address = window.pixembedLabAddress;
  const { networks, ...digits } = await (address ? fromTheBook(address) : fromTheKernel(model));
  const stored = Object.entries(networks);
  const { shape } = digits;
  return {
    shape,
    stored: { digits, networks },
    digits: digitsOf(digits),
    networks: Object.fromEntries(stored.map(([name, one]) => [name, makeNetwork(one, shape)])),
    frontEnds: stored.map(([name, one]) => ({ name, ...makeFrontEnd(one) })),
  };
}

// Shows words and a button; when it is pressed, or at once where `soon`, `open` gets what was loaded. What `open` returns ends
// the explorer. The keyboard, if it was here, goes on at the first control.
export function renderAfterLoading({ model, root, words, name, soon }, open) {
  const line = element("p", { textContent: words });
  line.setAttribute("role", "status");
  const start = element("button", { type: "button", textContent: `Start the ${name}` });
  let loading = false;
  let close = () => {};

  async function load() {
    if (loading) return;
    loading = true;
    line.textContent = "Loading …";
    try {
      const shelf = await takeFromTheShelf(model);
      const hadFocus = root.contains(document.activeElement);
      close = open(shelf);
      if (hadFocus) root.querySelector("select, input:checked, button").focus({ preventScroll: true });
    } catch (error) {
      line.textContent = `The ${name} cannot start. ${error.message}`;
      start.textContent = "Try again";
    }
    loading = false;
  }
  start.addEventListener("click", load);
  root.append(line, start);
  if (soon) load();
  return () => close();
}
