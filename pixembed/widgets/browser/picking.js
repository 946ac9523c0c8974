// A picture in which a reader picks a pixel, with mouse, finger or keys.
import { clamp, element } from "./dom.js";
import { makeCanvas } from "./panels.js";

export const NO_PIXEL = -1;
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// `onPoint` hears of the pixel under a mouse that only passes by, and of NO_PIXEL when it has left.
export function makePicking([height, width], onPick, onPoint = () => {}) {
  const canvas = makeCanvas([height, width]);
  canvas.tabIndex = 0;
  canvas.classList.add("explorer-sheet");
  canvas.setAttribute("role", "application");
  const cursor = element("i", { className: "explorer-cursor" });
  cursor.style.width = `${100 / width}%`;
  cursor.style.height = `${100 / height}%`;
  let shown = NO_PIXEL;

  function pixelAt(event) {
    const box = canvas.getBoundingClientRect();
    const along = (position, start, length, side) => clamp(Math.floor(((position - start) / length) * side), 0, side - 1);
    return width * along(event.clientY, box.top, box.height, height) + along(event.clientX, box.left, box.width, width);
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    onPick(pixelAt(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const act = canvas.hasPointerCapture(event.pointerId) ? onPick : onPoint;
    act(pixelAt(event));
  });
  canvas.addEventListener("pointerleave", () => onPoint(NO_PIXEL));
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    if (shown === NO_PIXEL) return onPick(width * Math.floor(height / 2) + Math.floor(width / 2));
    const row = clamp(Math.floor(shown / width) + arrow[0], 0, height - 1);
    const column = clamp((shown % width) + arrow[1], 0, width - 1);
    onPick(width * row + column);
  });

  function update(pixel) {
    shown = pixel;
    cursor.hidden = pixel === NO_PIXEL;
    cursor.style.left = `${(100 * (pixel % width)) / width}%`;
    cursor.style.top = `${(100 * Math.floor(pixel / width)) / height}%`;
  }
  return { canvas, node: element("div", { className: "explorer-picker" }, canvas, cursor), update };
}
