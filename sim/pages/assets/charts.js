// A chart of lines or of stacked areas, drawn by uPlot.

const AXIS_WIDTH = 62;
const HEIGHT = 132;
const stepped = uPlot.paths.stepped({ align: 1 });

/** Return the options that all charts share: the axis of time, the cursor, the zoom. */
function sharedOptions(view, { width, height, isLast }) {
  const ink = colour("ink");
  const grid = { stroke: colour("grid"), width: 1 };
  return {
    width,
    height: height + (isLast ? 22 : 0),
    padding: [6, 26, 0, 0],
    cursor: {
      sync: { key: "run", scales: ["x", null] },
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
      bind: { dblclick: () => () => view.whole() },
    },
    legend: { live: canHover.matches },
    axes: [
      {
        stroke: ink,
        grid,
        ticks: grid,
        size: isLast ? 28 : 6,
        incrs: TIME_STEPS,
        space: 76,
        font: "12px system-ui, sans-serif",
        values: (_, at, __, ___, step) => (isLast ? view.clock.labels(at, step) : at.map(() => "")),
      },
      { stroke: ink, grid, ticks: grid, size: AXIS_WIDTH, space: 28, font: "12px system-ui, sans-serif" },
    ],
    hooks: {
      setSelect: [(u) => view.select(u)],
      setCursor: [(u) => view.point(u)],
      drawClear: [(u) => drawGround(u, view)],
      draw: [(u) => drawMarks(u, view)],
    },
  };
}

/** Shade the warm-up, whose requests are not measured. */
function drawGround(u, view) {
  if (!view.warmUpS) return;
  const { left, top, width, height } = u.bbox;
  const right = Math.min(left + width, u.valToPos(view.warmUpS, "x", true));
  if (right <= left) return;
  u.ctx.fillStyle = colour("shade");
  u.ctx.fillRect(left, top, right - left, height);
}

/** Draw a line at each mark of what happened. */
function drawMarks(u, view) {
  const { left, top, width, height } = u.bbox;
  const pen = u.ctx;
  pen.save();
  pen.strokeStyle = colour("faint");
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of view.marks) {
    const x = u.valToPos(mark.at, "x", true);
    if (TICKED.has(mark.kind) || x < left || x > left + width) continue;
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height);
    pen.stroke();
  }
  pen.restore();
}

/** Kinds of marks that are told by a tick alone: there may be hundreds. */
const TICKED = new Set(["scale_up", "scale_down", "run_switch"]);

class LineChart {
  constructor(chart, view, figure, isLast) {
    this.chart = chart;
    this.view = view;
    this.note = figure.querySelector(".note");
    this.box = figure.querySelector(".plot");
    this.columns = chart.kind === "stack" ? this.stack() : this.lines();
    const options = sharedOptions(view, { width: this.box.clientWidth, height: HEIGHT, isLast });
    options.scales = { x: { time: false }, y: this.scale() };
    options.series = [
      { label: "at", value: (_, at) => (at === null ? "" : view.clock.say(at)) },
      ...this.columns.map((column) => column.series),
    ];
    options.bands = this.columns.flatMap(({ band }) => (band ? [band] : []));
    this.plot = new uPlot(options, this.data(), this.box);
  }

  /** Return what uPlot draws of lines: each, and the range of its bins where it has a band. */
  lines() {
    const found = [];
    let place = 0;
    for (const line of this.chart.lines) {
      const stroke = colour(line.look);
      const dash = line.isDashed ? [6, 3] : undefined;
      const index = found.length + 1;
      const read = (level, isExact, at) => (isExact ? null : level.columns[at]);
      const mean = place;
      const exact = this.chart.lines.indexOf(line);
      found.push({
        series: { label: line.label, stroke, dash, width: 1.4, paths: stepped, points: { show: false }, value: valueWords },
        read: (level, isExact) => level.columns[isExact ? exact : mean],
      });
      if (line.hasBand) {
        const edge = { stroke: pale(stroke, 0.45), width: 0, paths: stepped, points: { show: false }, value: valueWords };
        found.push({ series: { ...edge, label: `${line.label}, least` }, read: (l, e) => read(l, e, mean + 1) });
        found.push({
          series: { ...edge, label: `${line.label}, most` },
          read: (l, e) => read(l, e, mean + 2),
          band: { series: [index + 2, index + 1], fill: pale(stroke, 0.22) },
        });
      }
      place += line.hasBand ? 3 : 1;
    }
    return found;
  }

  /** Return what uPlot draws of a stack: limits as lines, areas from the highest to the lowest. */
  stack() {
    const { lines } = this.chart;
    const below = (i) => lines.slice(0, i).findLastIndex((line) => !line.isDashed);
    const areas = lines.map((line, i) => {
      const lower = below(i);
      const own = (u, value, _, row) => {
        if (value === null || row === null) return "";
        const floor = lower < 0 || line.isDashed ? 0 : u.data[this.placeOf(lower)][row] ?? 0;
        return short(value - floor);
      };
      const looks = line.isDashed
        ? { stroke: colour(line.look), dash: [6, 3], width: 1.4 }
        : { stroke: this.view.fills.get(line.look).edge, width: 0.5, fill: () => this.view.fills.pattern(line.look) };
      return {
        series: { label: line.label, paths: stepped, points: { show: false }, value: own, ...looks },
        read: (level) => level.columns[i],
        line: i,
      };
    });
    const dashed = areas.filter((_, i) => lines[i].isDashed);
    return [...areas.filter((_, i) => !lines[i].isDashed).reverse(), ...dashed];
  }

  placeOf(line) {
    return this.columns.findIndex((column) => column.line === line) + 1;
  }

  scale() {
    if (!this.chart.isLog) return { range: (_, __, most) => [0, most > 0 ? most * 1.06 : 1] };
    return { distr: 3, range: (_, least, most) => [(least ?? 1) / 1.3, (most ?? 1) * 1.3] };
  }

  /** Return what holds in the view, as uPlot takes it, and say how exact it is. */
  data() {
    const { from, to } = this.view;
    const { level, isExact, isFinest } = levelFor(this.chart, this.view.grids, from, to, this.box.clientWidth);
    const part = slice(level, this.view.grids, from, to);
    const masked = (value) => (value > 0 ? value : null);
    const columns = this.columns.map((column) => {
      const found = column.read(part, isExact);
      if (!found) return part.x.map(() => null);
      return this.chart.isLog ? found.map(masked) : found;
    });
    const isTooFine = isFinest && !isExact && part.x.length < this.box.clientWidth / 12;
    const bins = this.chart.isLog || this.chart.lines.some((line) => line.hasBand) ? "" : "mean ";
    this.note.textContent = isExact
      ? "exact"
      : `${bins}in bins of ${span(part.widthS)}${isTooFine ? ": there is nothing finer" : ""}`;
    return [part.x, ...columns];
  }

  /** Show what the view shows now. */
  update() {
    const { from, to } = this.view;
    this.plot.batch(() => {
      this.plot.setData(this.data(), false);
      this.plot.setScale("x", { min: from, max: to });
    });
  }

  resize(width) {
    this.plot.setSize({ width, height: this.plot.height });
    this.update();
  }
}

const valueWords = (_, value) => short(value);
