// A sheet of pixels to draw a digit on, with mouse, finger or keys.
import { clamp, element } from "./dom.js";
import { makeCanvas, paintPicture } from "./panels.js";

const WHITE = 255;
const CORE = 0.9;
const EDGE = 1;
const STEP = 0.25;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Draw with the mouse or a finger. With keys: arrows move the pen, space lowers and lifts it, delete clears.";

// A dot of ink: white in the middle, fading at its edge.
function dab(pixels, width, { x, y }) {
  for (let place = 0; place < pixels.length; place += 1) {
    const apart = Math.hypot((place % width) - x, Math.floor(place / width) - y);
    const ink = WHITE * clamp((CORE + EDGE - apart) / EDGE, 0, 1);
    pixels[place] = Math.max(pixels[place], ink);
  }
}

function stroke(pixels, width, from, to) {
  const steps = Math.max(Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP), 1);
  for (let step = 0; step <= steps; step += 1) {
    const share = step / steps;
    dab(pixels, width, { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) });
  }
}

// Moves the middle of the ink to the middle of the sheet, as in MNIST.
export function centred(pixels, [height, width]) {
  const total = pixels.reduce((sum, level) => sum + level, 0);
  if (total === 0) return pixels;
  const shift = (side, coordinate) => {
    const sum = pixels.reduce((moment, level, place) => moment + level * coordinate(place), 0);
    return Math.round((side - 1) / 2 - sum / total);
  };
  const right = shift(width, (place) => place % width);
  const down = shift(height, (place) => Math.floor(place / width));
  return pixels.map((_, place) => {
    const x = (place % width) - right;
    const y = Math.floor(place / width) - down;
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside ? pixels[y * width + x] : 0;
  });
}

// `onDraw` is called with the pixels after each stroke.
export function makeSheet([height, width], onDraw) {
  const canvas = makeCanvas([height, width]);
  canvas.tabIndex = 0;
  canvas.classList.add("explorer-sheet");
  canvas.setAttribute("role", "application");
  const status = element("p", { className: "explorer-words", textContent: HELP });
  status.setAttribute("aria-live", "polite");

  let pixels = new Uint8Array(height * width);
  let pen = { x: width / 2, y: height / 2 };
  let penIsDown = false;

  function show() {
    paintPicture(canvas, pixels);
    if (document.activeElement !== canvas) return;
    const context = canvas.getContext("2d");
    context.fillStyle = penIsDown ? "#56b4e9" : "#e69f00";
    context.fillRect(pen.x, pen.y, 1, 1);
  }

  function draw(to) {
    stroke(pixels, width, pen, to);
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
    pixels = new Uint8Array(height * width);
    lower(false);
    onDraw(pixels);
  }

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    const along = (position, start, length, side) => clamp(((position - start) / length) * side - 0.5, 0, side - 1);
    return { x: along(event.clientX, box.left, box.width, width), y: along(event.clientY, box.top, box.height, height) };
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
      moveTo({ x: clamp(x + move[0], 0, width - 1), y: clamp(y + move[1], 0, height - 1) });
    } else if (event.key === " ") lower(!penIsDown);
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else return;
    event.preventDefault();
    const lifted = penIsDown ? "down" : "up";
    status.textContent = `The pen is ${lifted}, in column ${Math.round(pen.x) + 1} and row ${Math.round(pen.y) + 1}.`;
  });

  function put(other) {
    pixels = other.slice();
    penIsDown = false;
    show();
  }
  const describe = (text) => canvas.setAttribute("aria-label", `${text} ${HELP}`);
  return { canvas, status, clear, put, describe };
}
