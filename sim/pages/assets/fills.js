// Colours of the page as it is shown now, and hatches that tell areas apart without colour.

const isDark = matchMedia("(prefers-color-scheme: dark)");
const canHover = matchMedia("(hover: hover)");

/** Return a colour of the palette, as the scheme has it. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Return a colour with an opacity between 0 and 1. */
const pale = (hex, opacity) => hex + Math.round(opacity * 255).toString(16).padStart(2, "0");

const TILE = 8;

const STROKES = {
  "/": [[0, TILE, TILE, 0]],
  "\\": [[0, 0, TILE, TILE]],
  x: [[0, 0, TILE, TILE], [0, TILE, TILE, 0]],
  "-": [[0, TILE / 2, TILE, TILE / 2]],
  "|": [[TILE / 2, 0, TILE / 2, TILE]],
  "+": [[0, TILE / 2, TILE, TILE / 2], [TILE / 2, 0, TILE / 2, TILE]],
};

class Fills {
  constructor(fills) {
    this.fills = fills;
    this.made = new Map();
  }

  has(name) {
    return name in this.fills;
  }

  get(name) {
    return this.fills[name];
  }

  /** Return what a canvas fills an area with: the face, and the hatch over it. */
  pattern(name) {
    if (!this.made.has(name)) this.made.set(name, this.make(this.fills[name]));
    return this.made.get(name);
  }

  make({ face, edge, hatch }) {
    if (!hatch) return face;
    const tile = document.createElement("canvas");
    tile.width = tile.height = TILE;
    const pen = tile.getContext("2d");
    pen.fillStyle = face;
    pen.fillRect(0, 0, TILE, TILE);
    pen.strokeStyle = pen.fillStyle = edge;
    pen.lineWidth = 1;
    for (const [x0, y0, x1, y1] of STROKES[hatch] ?? []) {
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    }
    if (hatch === ".") pen.fillRect(TILE / 2 - 1, TILE / 2 - 1, 2, 2);
    return pen.createPattern(tile, "repeat");
  }
}
