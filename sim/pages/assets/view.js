// What all charts of the page show together: from when to when, and where the cursor is.

const LEAST_VIEW_S = 0.01;

class View {
  constructor(data) {
    [this.least, this.most] = data.window;
    [this.from, this.to] = data.window;
    this.warmUpS = data.warmUp;
    this.grids = data.grids;
    this.clock = new Clock(data.clock, this.most);
    this.fills = new Fills(data.fills);
    this.marks = [];
    this.stalls = [];
    this.shown = [];
    this.log = null;
    this.isSelected = false;
    this.onChange = () => {};
    this.onPoint = () => {};
  }

  /** Show [from, to], as far as the run goes. */
  zoom(from, to) {
    const length = Math.min(this.most - this.least, Math.max(LEAST_VIEW_S, to - from));
    this.from = Math.min(Math.max(this.least, from), this.most - length);
    this.to = this.from + length;
    this.update();
  }

  update() {
    for (const chart of this.shown) chart.update();
    this.log?.update();
    this.onChange();
  }

  whole() {
    this.zoom(this.least, this.most);
  }

  /** Make the view so many times as long, about its middle or an instant. */
  scale(factor, about = (this.from + this.to) / 2) {
    this.zoom(about - (about - this.from) * factor, about + (this.to - about) * factor);
  }

  pan(part) {
    const step = (this.to - this.from) * part;
    this.zoom(this.from + step, this.to + step);
  }

  /** Show the minutes around an instant, or less where the view is closer already. */
  around(atS) {
    const half = Math.min((this.to - this.from) / 2, Math.max(60, (this.most - this.least) / 40));
    this.zoom(atS - half, atS + half);
    this.onPoint(atS);
  }

  /** Zoom to what was dragged over in a chart; the others, which follow its cursor, tell the same. */
  select(u) {
    const { left, width } = u.select;
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (this.isSelected || width <= 3) return;
    this.isSelected = true;
    queueMicrotask(() => (this.isSelected = false));
    this.zoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
  }

  point(u) {
    const { left } = u.cursor;
    if (left >= 0) this.onPoint(u.posToVal(left, "x"));
  }

  /** Return for what a rollout waits at an instant, and who holds it. */
  waitingAt(atS) {
    return this.stalls.filter(({ start, end }) => start <= atS && atS < end).map(({ words }) => words);
  }
}
