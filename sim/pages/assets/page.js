// The page: one deployment's charts at a time over the queues', its log, its controls.

class Page {
  constructor(data) {
    this.data = data;
    this.view = new View(data);
    this.view.onChange = () => this.showRange();
    this.view.onPoint = (atS) => this.readOut(atS);
    this.sections = [...document.querySelectorAll("[data-deployment]")];
    this.readout = document.getElementById("readout");
    this.room = { buttons: [], row: document.createElement("div") };
    this.logs = new Map();
    this.controls();
    this.choose(0);
    new ResizeObserver(() => this.resize()).observe(document.querySelector("main"));
    isDark.addEventListener("change", () => this.choose(this.chosen));
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => this.unprint());
  }

  controls() {
    const bar = document.getElementById("controls");
    bar.hidden = false;
    const does = {
      in: () => this.view.scale(0.5),
      out: () => this.view.scale(2),
      left: () => this.view.pan(-0.25),
      right: () => this.view.pan(0.25),
      whole: () => this.view.whole(),
    };
    for (const button of bar.querySelectorAll("[data-do]")) {
      button.addEventListener("click", does[button.dataset.do]);
    }
    const wall = document.getElementById("wall");
    wall.addEventListener("change", () => {
      this.view.clock.isWall = wall.checked;
      this.view.update();
    });
    const select = document.getElementById("deployment");
    select?.addEventListener("change", () => this.choose(Number(select.value)));
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => this.follow());
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.copy(button));
    }
  }

  /** Show the deployment that a link within the page leads to. */
  follow() {
    const number = this.sections.findIndex((section) => `#${section.id}` === location.hash);
    if (number < 0 || number === this.chosen) return;
    this.choose(number);
    this.sections[number].scrollIntoView();
  }

  async copy(button) {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  }

  /** Move and zoom by keys, where the focus is on a chart. */
  key(event) {
    if (!event.target.closest?.(".plot") || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = {
      ArrowLeft: () => (event.shiftKey ? this.step(-1) : this.view.pan(-0.1)),
      ArrowRight: () => (event.shiftKey ? this.step(1) : this.view.pan(0.1)),
      "+": () => this.view.scale(0.5),
      "=": () => this.view.scale(0.5),
      "-": () => this.view.scale(2),
      0: () => this.view.whole(),
      Home: () => this.view.whole(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  /** Move the cursor to the decision before or after it. */
  step(by) {
    const at = this.view.log?.decisions.at_s ?? this.view.marks.map((mark) => mark.at);
    const now = this.at ?? this.view.from;
    const row = by > 0 ? above(at, now) : above(at, now - 1e-6) - 1;
    if (row < 0 || row >= at.length) return;
    if (at[row] < this.view.from || at[row] > this.view.to) this.view.around(at[row]);
    for (const chart of this.view.shown) {
      chart.plot.setCursor({ left: chart.plot.valToPos(at[row], "x"), top: 0 }, false);
    }
    this.readOut(at[row]);
  }

  /** Show the charts of one deployment, drawn anew: sizes, colours and marks may be others. */
  choose(number) {
    this.chosen = number;
    const select = document.getElementById("deployment");
    if (select) select.value = number;
    this.sections.forEach((section, i) => {
      section.hidden = i !== number;
      section.classList.toggle("chosen", i === number);
    });
    for (const chart of this.view.shown) chart.plot.destroy();
    for (const list of document.querySelectorAll(".samples")) list.remove();
    const deployment = this.data.deployments[number];
    this.view.fills.made.clear();
    this.view.marks = deployment.marks;
    this.view.stalls = deployment.stalls;
    this.view.shown = [];
    this.draw(this.sections[number], deployment);
    if (deployment.decisions && !this.logs.has(number)) {
      this.logs.set(number, new Log(deployment.decisions, this.view, this.sections[number]));
    }
    this.view.log = this.logs.get(number) ?? null;
    this.showMarks();
    this.view.update();
  }

  draw(section, deployment) {
    const queues = document.getElementById("queue-charts");
    const figures = [section, queues].flatMap((part) => (part ? [...part.querySelectorAll("[data-chart]")] : []));
    const charts = new Map([...deployment.charts, ...this.data.queues].map((chart) => [chart.key, chart]));
    figures.forEach((figure, i) => {
      const isLast = i === figures.length - 1 || figures[i + 1].parentElement !== figure.parentElement;
      const { chart: key } = figure.dataset;
      const made = key.endsWith("/bars")
        ? new BarChart(deployment.bars, this.view, figure)
        : new LineChart(charts.get(key), this.view, figure, isLast);
      this.view.shown.push(made);
      if (!key.endsWith("/bars") && charts.get(key).kind === "stack") this.legend(figure, charts.get(key));
    });
  }

  legend(figure, chart) {
    const { fills } = this.view;
    const areas = chart.lines.filter(({ look }) => fills.has(look));
    const list = legendOf(areas.map(({ look, label }) => [look, label]), fills);
    figure.querySelector(".plot").after(list);
  }

  /** Put a button at each mark. */
  showMarks() {
    const row = this.sections[this.chosen].querySelector(".marks");
    row.replaceChildren(
      ...this.view.marks.map((mark) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = `mark ${mark.kind}`;
        button.textContent = mark.label;
        button.title = `${mark.label} at ${this.view.clock.say(mark.at)}`;
        button.setAttribute("aria-label", button.title);
        button.addEventListener("focus", () => this.readOut(mark.at));
        button.addEventListener("click", () => this.goTo(mark));
        return button;
      }),
    );
    this.measureMarks();
  }

  /** Show all of a mark's rollout, or the minutes around a mark that is of none. */
  goTo(mark) {
    const own = this.view.marks.filter(({ rollout }) => rollout !== null && rollout === mark.rollout);
    if (own.length < 2) {
      this.view.around(mark.at);
      return;
    }
    const [first, last] = [own[0].at, own.at(-1).at];
    const margin = Math.max(30, (last - first) / 2);
    this.view.zoom(first - margin, last + margin);
    this.readOut(mark.at);
  }

  /** Measure where marks can stand: only when that changes, since it makes the browser lay out. */
  measureMarks() {
    const row = this.sections[this.chosen].querySelector(".marks");
    const [chart] = this.view.shown;
    if (!chart) return;
    const buttons = [...row.children];
    for (const button of buttons) {
      button.hidden = false;
      button.classList.remove("tick");
    }
    const { left, width } = chart.plot.over.getBoundingClientRect();
    this.room = { row, buttons, left: left - row.getBoundingClientRect().left, width, most: row.clientWidth };
    this.room.widths = buttons.map((button) => button.offsetWidth);
    this.placeMarks();
  }

  /** Place the marks of the view in lanes, so that no label lies on another. */
  placeMarks() {
    const { row, buttons, left, width, widths, most } = this.room;
    const { from, to } = this.view;
    const lanes = [];
    const ticks = [];
    buttons.forEach((button, i) => {
      const { at, kind } = this.view.marks[i];
      button.hidden = at < from || at > to;
      if (button.hidden) return;
      const place = left + ((at - from) / (to - from)) * width;
      const end = place + widths[i] + 8;
      const lane = TICKED.has(kind) || end > most ? -1 : laneFor(lanes, place);
      if (lane >= 0) lanes[lane] = end;
      else ticks.push(button);
      button.classList.toggle("tick", lane < 0);
      button.style.left = `${place}px`;
      button.style.top = `${lane * LANE}px`;
    });
    // Ticks have a lane of their own below all labels.
    for (const tick of ticks) tick.style.top = `${lanes.length * LANE}px`;
    row.style.height = `${lanes.length * LANE + (ticks.length ? TICK_LANE : 0)}px`;
  }

  showRange() {
    const { clock, from, to } = this.view;
    document.getElementById("range").textContent = `${clock.say(from)} to ${clock.say(to)}`;
    this.placeMarks();
  }

  /** Say what was decided last at an instant, and for whom a rollout waits then. */
  readOut(atS) {
    this.at = atS;
    const { log, clock } = this.view;
    const lines = [`at ${clock.say(atS)}`];
    const [first] = this.view.shown;
    if (first instanceof BarChart) lines[0] += `: ${first.statesAt(atS).join(", ") || "no replica"}`;
    const row = log ? log.rowAt(atS) : -1;
    if (row >= 0) lines.push(...log.sameInstant(row).map((one) => log.words(one)));
    lines.push(...this.view.waitingAt(atS));
    this.readout.replaceChildren(
      ...lines.map((line) => {
        const part = document.createElement("p");
        part.textContent = line;
        return part;
      }),
    );
  }

  resize() {
    const width = this.sections[this.chosen].querySelector(".plot")?.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    for (const chart of this.view.shown) chart.resize(width);
    this.measureMarks();
  }

  /** Draw for paper: in light colours, as wide as a page has room, with the text of all. */
  print() {
    document.documentElement.dataset.paper = "yes";
    this.choose(this.chosen);
    for (const section of this.sections) section.hidden = false;
    for (const chart of this.view.shown) chart.resize(PAPER_WIDTH);
    this.measureMarks();
  }

  unprint() {
    delete document.documentElement.dataset.paper;
    this.choose(this.chosen);
  }
}

const PAPER_WIDTH = 680;

/** Height of a lane of marks, and of that of ticks, in pixels; how many lanes there are at most. */
const LANE = 21;
const TICK_LANE = 16;
const MOST_LANES = 5;

/** Return the first lane that is free from a place on, or -1: then a mark is told by a tick. */
function laneFor(lanes, place) {
  const found = lanes.findIndex((free) => free <= place);
  if (found >= 0) return found;
  return lanes.length < MOST_LANES ? lanes.length : -1;
}

readData().then((data) => {
  globalThis.simPage = new Page(data); // for scripts, and for the tests of the page
  document.documentElement.dataset.drawn = "yes";
});
