// How many digits a network reads under noise. It is counted in a worker, so that the page stays quick, or else in the page itself.
import { bytesFrom, makeNetwork } from "./network.js";
import { addNoise } from "./noise.js";
import { answerOf, sizeOf } from "./panels.js";

const TURN_IN_THE_PAGE = 12;
const TURN_IN_A_WORKER = 60;

// The digits that are stored, one by one.
export function digitsOf({ images, labels, shape }) {
  const bytes = bytesFrom(images);
  const size = sizeOf(shape);
  return labels.map((label, place) => ({ label, pixels: bytes.subarray(place * size, (place + 1) * size) }));
}

// Wilson's 95% interval, as in pixembed.evaluation.
export function wilson(right, total) {
  const z = 1.959964;
  const share = right / total;
  const scale = 1 + z ** 2 / total;
  const middle = (share + z ** 2 / (2 * total)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return [Math.max(0, middle - half), middle + half];
}

// Counts in short turns, so that whoever does it hears of a newer task, which ends this one.
function makeCounting(longestTurn) {
  let network = null;
  let digits = [];
  let run = 0;

  function take(stored) {
    if (stored.digits) digits = digitsOf(stored.digits);
    if (stored.network) network = makeNetwork(stored.network, stored.shape);
  }

  // A task has noises, a seed, and how many digits to ask. `report` hears the place of a noise, how many digits are right, and
  // how many were asked so far. A digit has the same draws for every network.
  async function count({ noises, seed, most }, report) {
    run += 1;
    const mine = run;
    let turn = performance.now();
    for (const [place, settings] of noises.entries()) {
      let right = 0;
      for (let asked = 1; asked <= most; asked += 1) {
        const { pixels, label } = digits[asked - 1];
        if (answerOf(network(addNoise(pixels, settings, seed + asked))) === label) right += 1;
        if (asked < most && performance.now() - turn < longestTurn) continue;
        report({ place, right, asked });
        await new Promise((go) => setTimeout(go));
        if (run !== mine) return;
        turn = performance.now();
      }
    }
  }
  return { take, count, stop: () => (run += 1) };
}

// What a worker does. Reports carry the number of their task.
export function serveCounts() {
  const counting = makeCounting(TURN_IN_A_WORKER);
  self.onmessage = ({ data: { stored, task, number } }) => {
    if (stored) counting.take(stored);
    else counting.count(task, (found) => self.postMessage({ ...found, number }));
  };
}

// In what the reader is given, all modules stand in one function of this name, and its text is all that a worker needs.
function makeWorker() {
  const code = new Blob([`(${everyModule})().serveCounts();`], { type: "text/javascript" });
  const address = URL.createObjectURL(code);
  const worker = new Worker(address);
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

// Counts for one network: `take` what is stored of it, then `count` tasks, of which each ends the one before.
export function makeCounter() {
  const taken = {};
  let last = null;
  let number = 0;
  let worker = null;
  let counting = null;

  // Where there are no workers, or none of such an address, of which some browsers tell late.
  function countHere() {
    worker = null;
    counting = makeCounting(TURN_IN_THE_PAGE);
    counting.take(taken);
    if (last) counting.count(last.task, last.report);
  }

  try {
    worker = makeWorker();
    worker.addEventListener("error", countHere, { once: true });
    worker.addEventListener("message", ({ data }) => data.number === number && last.report(data));
  } catch {
    countHere();
  }

  return {
    take(stored) {
      Object.assign(taken, stored);
      if (worker) worker.postMessage({ stored });
      else counting.take(stored);
    },
    count(task, report) {
      number += 1;
      last = { task, report };
      if (worker) worker.postMessage({ task, number });
      else counting.count(task, report);
    },
    close() {
      worker?.terminate();
      counting?.stop();
    },
  };
}
