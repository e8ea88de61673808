// Replicas by state: a bar each, drawn on the canvas of a chart without lines.

const ROW = 14;
const MOST_ROW = 22;
const GAP_ROWS = 0.5;

class BarChart {
  constructor(bars, view, figure) {
    this.bars = bars;
    this.view = view;
    this.box = figure.querySelector(".plot");
    this.place();
    const height = this.rows * (bars.length <= 12 ? MOST_ROW : ROW) + 12;
    const options = sharedOptions(view, { width: this.box.clientWidth, height, isLast: false });
    options.scales = { x: { time: false }, y: { dir: -1, range: [0, this.rows] } };
    options.series = [{ value: () => "" }, { show: false }];
    options.legend = { show: false };
    options.axes[1].splits = () => this.bars.map((bar) => bar.row + 0.5);
    options.axes[1].values = () => this.bars.map((bar) => `r${bar.revision} #${bar.replica}`);
    options.axes[1].space = 1;
    options.axes[1].font = "10px system-ui, sans-serif";
    options.axes[1].grid = { show: false };
    options.hooks.draw.unshift((u) => this.draw(u));
    this.plot = new uPlot(options, [[view.from, view.to], [null, null]], this.box);
    this.legend(figure);
  }

  /** Give each bar its row, revisions apart. */
  place() {
    this.rows = 0;
    let revision = null;
    for (const bar of this.bars) {
      if (revision !== null && bar.revision !== revision) this.rows += GAP_ROWS;
      revision = bar.revision;
      bar.row = this.rows;
      this.rows += 1;
    }
  }

  draw(u) {
    const { left, top, width, height } = u.bbox;
    const pen = u.ctx;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    for (const bar of this.bars) {
      const high = u.valToPos(bar.row + 0.1, "y", true);
      const low = u.valToPos(bar.row + 0.9, "y", true);
      for (const [state, start, end] of bar.spans) {
        if (end < this.view.from || start > this.view.to) continue;
        const x = Math.max(left - 2, u.valToPos(start, "x", true));
        const right = Math.min(left + width + 2, u.valToPos(end, "x", true));
        const name = `state-${state}`;
        pen.fillStyle = this.view.fills.pattern(name);
        pen.strokeStyle = this.view.fills.get(name).edge;
        pen.lineWidth = 0.5 * devicePixelRatio;
        pen.fillRect(x, high, Math.max(1, right - x), low - high);
        pen.strokeRect(x, high, Math.max(1, right - x), low - high);
      }
    }
    pen.restore();
  }

  /** Add the samples of the states that occur. */
  legend(figure) {
    const seen = new Set(this.bars.flatMap((bar) => bar.spans.map(([state]) => `state-${state}`)));
    const { fills } = this.view;
    this.box.after(legendOf([...seen].map((name) => [name, fills.get(name).word]), fills));
  }

  /** Return in which state the replicas are at an instant: "4 responsive". */
  statesAt(atS) {
    const counts = new Map();
    for (const bar of this.bars) {
      const found = bar.spans.find(([, start, end]) => start <= atS && atS < end);
      if (found) counts.set(found[0], (counts.get(found[0]) ?? 0) + 1);
    }
    return [...counts].map(([state, count]) => `${count} ${this.view.fills.get(`state-${state}`).word}`);
  }

  update() {
    const { from, to } = this.view;
    this.plot.batch(() => {
      this.plot.setData([[from, to], [null, null]], false);
      this.plot.setScale("x", { min: from, max: to });
    });
  }

  resize(width) {
    this.plot.setSize({ width, height: this.plot.height });
    this.update();
  }
}

/** Return the samples of fills with words beside them, [name, word] each, as a list. */
function legendOf(samples, fills) {
  const list = document.createElement("ul");
  list.className = "samples";
  for (const [name, word] of samples) {
    const item = document.createElement("li");
    const sample = document.createElement("canvas");
    sample.width = 24;
    sample.height = 14;
    const pen = sample.getContext("2d");
    pen.fillStyle = fills.pattern(name);
    pen.fillRect(0, 0, 24, 14);
    pen.strokeStyle = fills.get(name).edge;
    pen.strokeRect(0.5, 0.5, 23, 13);
    sample.setAttribute("aria-hidden", "true");
    item.append(sample, word);
    list.append(item);
  }
  return list;
}
