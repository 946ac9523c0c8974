// A sheet of 28×28 pixels to draw a digit on, with mouse, finger or keys.
import { clamp, element } from "./dom.js";
import { PIXELS, SIDE, grey, makeCanvas, paint } from "./panels.js";

const WHITE = 255;
const CORE = 0.9;
const EDGE = 1;
const STEP = 0.25;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Draw with the mouse or a finger. With keys: arrows move the pen, space lowers and lifts it, delete clears.";

// A dot of ink: white in the middle, fading at its edge.
function dab(pixels, { x, y }) {
  for (let place = 0; place < PIXELS; place += 1) {
    const apart = Math.hypot((place % SIDE) - x, Math.floor(place / SIDE) - y);
    const ink = WHITE * clamp((CORE + EDGE - apart) / EDGE, 0, 1);
    pixels[place] = Math.max(pixels[place], ink);
  }
}

function stroke(pixels, from, to) {
  const steps = Math.max(Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP), 1);
  for (let step = 0; step <= steps; step += 1) {
    const share = step / steps;
    dab(pixels, { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) });
  }
}

// Moves the middle of the ink to the middle of the sheet, as in MNIST.
export function centred(pixels) {
  const total = pixels.reduce((sum, level) => sum + level, 0);
  if (total === 0) return pixels;
  const middle = (SIDE - 1) / 2;
  const shift = (coordinate) => {
    const sum = pixels.reduce((moment, level, place) => moment + level * coordinate(place), 0);
    return Math.round(middle - sum / total);
  };
  const right = shift((place) => place % SIDE);
  const down = shift((place) => Math.floor(place / SIDE));
  return pixels.map((_, place) => {
    const x = (place % SIDE) - right;
    const y = Math.floor(place / SIDE) - down;
    const inside = x >= 0 && x < SIDE && y >= 0 && y < SIDE;
    return inside ? pixels[y * SIDE + x] : 0;
  });
}

// `onDraw` is called with the pixels after each stroke.
export function makeSheet(onDraw) {
  const canvas = makeCanvas();
  canvas.tabIndex = 0;
  canvas.classList.add("explorer-sheet");
  canvas.setAttribute("role", "application");
  const status = element("p", { className: "explorer-words", textContent: HELP });
  status.setAttribute("aria-live", "polite");

  let pixels = new Uint8Array(PIXELS);
  let pen = { x: SIDE / 2, y: SIDE / 2 };
  let penIsDown = false;

  function show() {
    paint(canvas, pixels, grey);
    if (document.activeElement !== canvas) return;
    const context = canvas.getContext("2d");
    context.fillStyle = penIsDown ? "#56b4e9" : "#e69f00";
    context.fillRect(pen.x, pen.y, 1, 1);
  }

  function draw(to) {
    stroke(pixels, pen, to);
    pen = to;
    show();
    onDraw(pixels);
  }

  function moveTo(to) {
    if (penIsDown) return draw(to);
    pen = to;
    show();
  }

  function lower(down) {
    penIsDown = down;
    if (down) draw(pen);
    else show();
  }

  function clear() {
    pixels = new Uint8Array(PIXELS);
    lower(false);
    onDraw(pixels);
  }

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    const along = (position, start, length) => clamp(((position - start) / length) * SIDE - 0.5, 0, SIDE - 1);
    return { x: along(event.clientX, box.left, box.width), y: along(event.clientY, box.top, box.height) };
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen = placeOf(event);
    lower(true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) draw(placeOf(event));
  });
  canvas.addEventListener("lostpointercapture", () => lower(false));
  canvas.addEventListener("focus", show);
  canvas.addEventListener("blur", () => lower(false));
  canvas.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (move) {
      const [x, y] = [Math.round(pen.x), Math.round(pen.y)];
      moveTo({ x: clamp(x + move[0], 0, SIDE - 1), y: clamp(y + move[1], 0, SIDE - 1) });
    } else if (event.key === " ") lower(!penIsDown);
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else return;
    event.preventDefault();
    const height = penIsDown ? "down" : "up";
    status.textContent = `The pen is ${height}, in column ${Math.round(pen.x) + 1} and row ${Math.round(pen.y) + 1}.`;
  });

  function put(other) {
    pixels = other.slice();
    penIsDown = false;
    show();
  }
  const describe = (text) => canvas.setAttribute("aria-label", `${text} ${HELP}`);
  return { canvas, status, clear, put, describe };
}
