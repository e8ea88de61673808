// Instants of the run, in the two ways in which people say them: since its start, or by the clock.

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** Steps between the ticks of a time axis, in seconds. */
const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
];

const two = (number) => String(number).padStart(2, "0");

/** Return a number with at most so many digits, and no zeros at its end. */
const short = (value, digits = 4) =>
  value === null || value === undefined || Number.isNaN(value) ? "" : String(Number(value.toPrecision(digits)));

/** Return a length of time, or an instant since the start, such as "11 min 45 s". */
function span(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 60) return `${short(seconds)} s`;
  let rest = Math.round(seconds);
  const words = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) words.push(`${count} ${unit}`);
  }
  return words.slice(0, 2).join(" ");
}

class Clock {
  /** `start`: seconds of the epoch at 0; `offsets`: from which second of the run on which offset. */
  constructor({ start, offsets }, lengthS) {
    this.start = start;
    this.offsets = offsets;
    this.isWithinADay = this.date(0).getUTCDate() === this.date(lengthS).getUTCDate() && lengthS < 86400;
    this.isWall = false;
  }

  /** Return a Date whose UTC fields are what the clock shows at an instant of the run. */
  date(atS) {
    let offset = this.offsets[0][1];
    for (const [since, value] of this.offsets) if (atS >= since) offset = value;
    return new Date((this.start + offset + atS) * 1000);
  }

  /** Return what the clock shows, to the second, with the date where the run has several. */
  wall(atS) {
    const shown = this.date(Math.round(atS));
    const time = `${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}:${two(shown.getUTCSeconds())}`;
    return this.isWithinADay ? time : `${this.day(shown)} ${time}`;
  }

  day(date) {
    return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  }

  /** Return an instant in both ways. */
  say(atS) {
    return `${span(atS)} (${this.wall(atS)})`;
  }

  /** Return the labels of ticks that are so many seconds apart. */
  labels(atS, stepS) {
    return atS.map((at) => (this.isWall ? this.wallTick(at, stepS) : this.sinceTick(at, stepS)));
  }

  wallTick(atS, stepS) {
    const shown = this.date(Math.round(atS));
    const time = `${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}`;
    const seconds = stepS < 60 ? `:${two(shown.getUTCSeconds())}` : "";
    return stepS >= 86400 ? this.day(shown).slice(5) : time + seconds;
  }

  sinceTick(atS, stepS) {
    const [unit, size] = UNITS.find(([, seconds]) => stepS >= seconds) ?? UNITS.at(-1);
    return `${Number((atS / size).toFixed(6))} ${unit}`;
  }
}
