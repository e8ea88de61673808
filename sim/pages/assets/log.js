// The log of decisions: what was decided, by whom, on which numbers; filtered, a part at a time.

const ROWS_AT_ONCE = 200;

/** Decisions of one instant that are said at the cursor at the most. */
const MOST_AT_ONCE = 4;

class Log {
  constructor(decisions, view, section) {
    this.decisions = decisions;
    this.view = view;
    this.body = section.querySelector(".log tbody");
    this.count = section.querySelector(".log-count");
    this.more = section.querySelector(".log-more");
    this.filters = section.querySelector(".log-filters");
    this.shown = ROWS_AT_ONCE;
    this.rows = decisions.at_s.map((_, row) => row);
    this.fillActors();
    this.filters.addEventListener("input", () => this.filter());
    this.more.addEventListener("click", () => {
      this.shown += ROWS_AT_ONCE;
      this.render();
    });
    this.filter();
  }

  word(name, row) {
    const code = this.decisions[name][row];
    return code < 0 ? "" : this.decisions.words[name][code];
  }

  /** Return the cells of a row, in the order of the columns of the table. */
  cells(row) {
    const d = this.decisions;
    return [
      this.view.clock.wall(d.at_s[row]),
      span(d.at_s[row]),
      this.word("actor", row),
      this.word("action", row).replaceAll("_", " "),
      this.word("reason", row),
      short(d.load_ratio[row]),
      short(d.threshold_ratio[row]),
      short(d.busy_threads[row]),
      short(d.responsive_replicas[row]),
      short(d.live_replicas[row]),
      span(d.since_at_s[row]),
      span(d.until_at_s[row]),
    ];
  }

  /** Return a row in words: what was decided, and on which numbers. */
  words(row) {
    const [wall, since, actor, action, reason, load, threshold, busy, responsive, live, began, until] =
      this.cells(row);
    const numbers = [
      load && `load ${load}${threshold && ` against ${threshold}`}`,
      busy && `${busy} threads busy`,
      responsive && `${responsive} replicas responsive`,
      live && `${live} live`,
      began && `since ${began}`,
      until && `until ${until}`,
    ].filter(Boolean);
    const on = numbers.length ? `: ${numbers.join(", ")}` : "";
    return `${since} (${wall}) ${actor} ${action}, ${reason}${on}`;
  }

  /** Return the last row at or before an instant, or -1. */
  rowAt(atS) {
    return above(this.decisions.at_s, atS) - 1;
  }

  /** Return the rows of the instant of a row that is the last of it; many are cut off. */
  sameInstant(row) {
    const { at_s: at } = this.decisions;
    let first = row;
    while (first > 0 && at[first - 1] === at[row] && row - first < MOST_AT_ONCE - 1) first -= 1;
    return at.slice(first, row + 1).map((_, i) => first + i);
  }

  fillActors() {
    const select = this.filters.querySelector(".log-actor");
    for (const actor of this.decisions.words.actor) select.add(new Option(actor, actor));
  }

  /** Keep the rows that the filters let pass, and show the first of them. */
  filter() {
    const wanted = this.filters.querySelector(".log-text").value.trim().toLowerCase();
    const actor = this.filters.querySelector(".log-actor").value;
    const isDone = this.filters.querySelector(".log-done").checked;
    const isInView = this.filters.querySelector(".log-in-view").checked;
    const { from, to } = this.view;
    this.rows = this.decisions.at_s
      .map((_, row) => row)
      .filter((row) => {
        const at = this.decisions.at_s[row];
        if (isInView && (at < from || at > to)) return false;
        if (actor && this.word("actor", row) !== actor) return false;
        if (isDone && this.word("action", row) === "held") return false;
        return !wanted || this.cells(row).join(" ").toLowerCase().includes(wanted);
      });
    this.shown = ROWS_AT_ONCE;
    this.render();
  }

  /** Follow the zoom, if only what is in view is wanted. */
  update() {
    if (this.filters.querySelector(".log-in-view").checked) this.filter();
  }

  render() {
    const shown = this.rows.slice(0, this.shown);
    this.body.replaceChildren(...shown.map((row) => this.element(row)));
    this.more.hidden = shown.length === this.rows.length;
    const all = this.decisions.count;
    const kept = this.decisions.at_s.length < all ? `, of which the page has ${this.decisions.at_s.length}` : "";
    this.count.textContent = `${this.rows.length} of ${all} decisions${kept}`;
  }

  element(row) {
    const line = document.createElement("tr");
    line.dataset.row = row;
    line.classList.toggle("held", this.word("action", row) === "held");
    this.cells(row).forEach((cell, column) => {
      const box = document.createElement("td");
      if (column === 0) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "link";
        button.textContent = cell;
        button.addEventListener("click", () => this.view.around(this.decisions.at_s[row]));
        box.append(button);
      } else box.textContent = cell;
      line.append(box);
    });
    return line;
  }
}
