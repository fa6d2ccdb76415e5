/** How many rows of a population are missed duplicates, from a sample of it. */
export interface MissedRows {
  readonly estimate: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Probability on each side of the interval. */
const TAIL = 0.025;

/**
 * Of `population` rows, `checked` were drawn without replacement, and `missed` of these are duplicates. The interval is
 * the exact one (Clopper–Pearson for the hypergeometric distribution): it holds all numbers of duplicates with which so
 * many in the sample, or more, or fewer, are not too unlikely. It shrinks to one number as the sample becomes the population.
 */
export function missedRows(population: number, checked: number, missed: number): MissedRows {
  const [least, most] = [missed, population - (checked - missed)];
  const atLeast = (m: number): number => 1 - cumulative(population, m, checked, missed - 1);
  const atMost = (m: number): number => cumulative(population, m, checked, missed);
  return {
    estimate: checked === 0 ? 0 : (population * missed) / checked,
    low: first(least, most, (m) => atLeast(m) > TAIL),
    high: first(least, most, (m) => m === most || atMost(m + 1) <= TAIL),
  };
}

/** The first whole number from `low` to `high` for which `holds`, which it does for all after it too. */
function first(low: number, high: number, holds: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The probability of at most `most` marked rows among `drawn`, where `marked` of `population` are. */
function cumulative(population: number, marked: number, drawn: number, most: number): number {
  const least = Math.max(0, drawn - (population - marked));
  if (most < least) return 0;
  if (most >= Math.min(drawn, marked)) return 1;
  const mode = Math.floor(((drawn + 1) * (marked + 1)) / (population + 2));
  // From the largest term down: the others follow as multiples of it.
  const start = Math.min(most, Math.max(mode, least));
  const largest = Math.exp(logProbability(population, marked, drawn, start));
  let sum = largest;
  for (let i = start, term = largest; i > least && term > 0; i--) {
    term *= (i * (population - marked - drawn + i)) / ((marked - i + 1) * (drawn - i + 1));
    sum += term;
  }
  for (let i = start, term = largest; i < most && term > 0; i++) {
    term *= ((marked - i) * (drawn - i)) / ((i + 1) * (population - marked - drawn + i + 1));
    sum += term;
  }
  return Math.min(1, sum);
}

const logProbability = (population: number, marked: number, drawn: number, i: number): number =>
  logChoose(marked, i) + logChoose(population - marked, drawn - i) - logChoose(population, drawn);

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

const EXACT = Array.from({ length: 20 }, () => 0);
for (let n = 2; n < EXACT.length; n++) EXACT[n] = EXACT[n - 1] + Math.log(n);

/** log n!, by Stirling's series where n is not small. */
function logFactorial(n: number): number {
  if (n < EXACT.length) return EXACT[n];
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
