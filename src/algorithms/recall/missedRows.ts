/** The estimated number of missed duplicates in a population, from a sample of it. */
export interface MissedRows {
  readonly estimate: number;
  /** 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
}

/** Probability on each side of the interval. */
const TAIL = 0.025;

/**
 * Estimates the missed duplicates among `population` rows. `checked` rows were drawn without replacement, and
 * `missed` of them are duplicates. The interval is exact (Clopper–Pearson for the hypergeometric
 * distribution). It becomes one number when the sample is the population.
 */
export function missedRows(population: number, checked: number, missed: number): MissedRows {
  const [least, most] = [missed, population - (checked - missed)];
  const atLeast = (m: number): number => 1 - cumulativeProbability(population, m, checked, missed - 1);
  const atMost = (m: number): number => cumulativeProbability(population, m, checked, missed);
  return {
    estimate: checked === 0 ? 0 : (population * missed) / checked,
    low: firstWhere(least, most, (m) => atLeast(m) > TAIL),
    high: firstWhere(least, most, (m) => m === most || atMost(m + 1) <= TAIL),
  };
}

/**
 * The first integer from `low` to `high` for which `holds` is true. It must also hold for all integers after
 * it.
 */
function firstWhere(low: number, high: number, holds: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The probability of at most `most` marked rows among `drawn` rows, when `marked` rows of `population` are
 * marked.
 */
function cumulativeProbability(population: number, marked: number, drawn: number, most: number): number {
  const least = Math.max(0, drawn - (population - marked));
  if (most < least) return 0;
  if (most >= Math.min(drawn, marked)) return 1;
  const mode = Math.floor(((drawn + 1) * (marked + 1)) / (population + 2));
  // Start with the largest term; the others are multiples of it.
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

const LOG_FACTORIALS = Array.from({ length: 20 }, () => 0);
for (let n = 2; n < LOG_FACTORIALS.length; n++) LOG_FACTORIALS[n] = LOG_FACTORIALS[n - 1] + Math.log(n);

/** log n!, by Stirling's series unless n is small. */
function logFactorial(n: number): number {
  if (n < LOG_FACTORIALS.length) return LOG_FACTORIALS[n];
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
