/** Thrown for rows that refer to each other in a circle, which no ranking produces. */
export class Cycle extends Error {
  readonly rows: readonly number[];

  constructor(rows: readonly number[]) {
    super(`rows ${rows.join(' → ')} → ${rows[0]} are a cycle`);
    this.name = 'Cycle';
    this.rows = rows;
  }
}

const [UNKNOWN, ON_PATH] = [-1, -2];

/**
 * Returns, by row, the end of its chain: the row that refers to itself. Each row is visited twice,
 * independent of the lengths of the chains.
 * @throws Cycle for a chain without an end.
 */
export function chainEnds(next: Int32Array): Int32Array {
  const ends = new Int32Array(next.length).fill(UNKNOWN);
  for (let start = 0; start < next.length; start++) {
    let row = start;
    for (; ends[row] === UNKNOWN && next[row] !== row; row = next[row]) ends[row] = ON_PATH;
    if (ends[row] === ON_PATH) throw new Cycle(cycleFrom(row, next));
    const end = ends[row] === UNKNOWN ? row : ends[row];
    ends[row] = end;
    for (row = start; ends[row] === ON_PATH; row = next[row]) ends[row] = end;
  }
  return ends;
}

function cycleFrom(row: number, next: Int32Array): number[] {
  const rows = [row];
  for (let other = next[row]; other !== row; other = next[other]) rows.push(other);
  return rows;
}
