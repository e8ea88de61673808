// Which of a chart's levels is drawn, and which part of it.

/** A chart draws about so many bins a pixel at the most. */
const BINS_A_PIXEL = 0.75;

/** And so many exact values, if there are bins as well. */
const EXACT_A_PIXEL = 2;

/** Return the place of the first number of an ascending list that is above `value`. */
function above(list, value) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return which values of a level hold in [from, to]: [first, behind]. */
function rows(edges, from, to) {
  const first = Math.max(0, above(edges, from) - 1);
  const behind = Math.min(edges.length - 1, Math.max(first + 1, above(edges, to)));
  return [first, behind];
}

function countIn(edges, from, to) {
  const [first, behind] = rows(edges, from, to);
  return behind - first;
}

/** Return the level that shows [from, to] best on so many pixels, and whether it is exact. */
function levelFor(chart, grids, from, to, width) {
  const most = Math.max(200, width * BINS_A_PIXEL);
  const { exact, levels } = chart;
  if (exact && (!levels.length || countIn(grids[exact.grid], from, to) <= width * EXACT_A_PIXEL)) {
    return { level: exact, isExact: true, isFinest: true };
  }
  const covering = levels.filter(({ grid }) => {
    const edges = grids[grid];
    return edges[0] <= from + 1e-6 && edges.at(-1) >= to - 1e-6;
  });
  const chosen = covering.find(({ grid }) => countIn(grids[grid], from, to) <= most) ?? covering.at(-1);
  return { level: chosen, isExact: false, isFinest: chosen === covering[0] };
}

/** Return what of a level holds in [from, to]: its instants, its columns, the width of its bins. */
function slice(level, grids, from, to) {
  const edges = grids[level.grid];
  const [first, behind] = rows(edges, from, to);
  const x = edges.slice(first, behind + 1);
  const columns = level.columns.map((column) => {
    const values = column.slice(first, behind);
    values.push(values.at(-1) ?? null); // the last value holds up to the last edge
    return values;
  });
  return { x, columns, widthS: (x.at(-1) - x[0]) / Math.max(1, x.length - 1) };
}
