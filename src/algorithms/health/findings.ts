import type { Halves } from './halves.ts';
import type { HealthTotals } from './healthScan.ts';
import { epsOfClosest, quantile } from './samplePairs.ts';

/** The result of one check of the embeddings. */
export interface Finding {
  readonly finding: string;
  readonly isWarning: boolean;
  readonly value: number;
  readonly detail: string;
  /** The suggested action. Empty when there is none. */
  readonly remedy: string;
}

/** Share of the pairs of random rows that count as the closest. */
const CLOSEST = 0.001;
/** From this median similarity of random rows, embeddings are reported as crowded. */
const CROWDED = 0.5;
/** From this ratio of norms, short rows are reported. */
const WIDE_NORMS = 100;
/**
 * At most this many rows, or this share of all rows, count as a few outliers, which do not indicate a failure
 * or a second pipeline.
 */
const [FEW_ROWS, FEW_SHARE] = [10, 0.01];
/** Maximum number of elements named in a finding. */
const NAMED = 10;

const text = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${text(100 * share)} %`;

function finding(
  name: string,
  value: number,
  detail: string,
  remedy: string | false | undefined = undefined,
): Finding {
  return { finding: name, value, detail, isWarning: Boolean(remedy), remedy: remedy || '' };
}

/** The finding about invalid rows. `summary` names the number of rows per reason. */
export function invalidFinding(invalid: number, summary: string): Finding {
  return finding(
    'invalid rows',
    invalid,
    invalid === 0 ? 'none' : summary,
    invalid > 0 && `leave them out with on_invalid := 'skip'; FROM invalid_embeddings(…) lists them`,
  );
}

/** Findings from one pass over the embeddings. */
export function totalFindings({ rows, minValues, maxValues, norms, copies }: HealthTotals): Finding[] {
  const constant = Array.from(minValues.keys()).filter((i) => rows > 1 && minValues[i] === maxValues[i]);
  const zero = constant.filter((i) => minValues[i] === 0).length;
  const named = constant.slice(0, NAMED).map((i) => i + 1);
  const unit = norms.unit / rows;
  const few = Math.max(FEW_ROWS, FEW_SHARE * rows);
  const isFailure = copies.largest > few;
  return [
    finding(
      'constant dimensions',
      constant.length,
      constant.length === 0
        ? `none of ${minValues.length}`
        : `of ${minValues.length}, ${zero} of them always 0: ` +
            `${named.join(', ')}${constant.length > NAMED ? ', …' : ''}`,
      constant.length > 0 &&
        'check that the vectors were written whole; a constant other than 0 makes all rows more similar: leave it out',
    ),
    finding(
      'unit length',
      unit,
      `${percent(unit)} of the rows have norm 1; the others are scaled to it before they are compared`,
      Math.min(norms.unit, rows - norms.unit) > few &&
        'rows come from two pipelines, one of which normalises: check that both use one model',
    ),
    finding(
      'norms',
      norms.largest / norms.least,
      `${text(norms.least)} to ${text(norms.largest)}`,
      norms.largest / norms.least > WIDE_NORMS &&
        'look at the rows of the least norm: empty input often gives short vectors, whose direction means little',
    ),
    finding(
      'exact copies',
      copies.rows / rows,
      `${percent(copies.rows / rows)} of the rows repeat another one; the most frequent embedding has ` +
        `${copies.largest} ${copies.largest === 1 ? 'row' : 'rows'}`,
      isFailure &&
        'look at rows of the most frequent embedding: empty texts, black frames and failures all get the same one',
    ),
  ];
}

/**
 * Findings from pairs of random rows. `cosines` are sorted; `mean` is the length of the mean of all sampled
 * rows.
 */
export function pairFindings(cosines: Float32Array, mean: number, halves: Halves | undefined): Finding[] {
  const eps = epsOfClosest(cosines, CLOSEST);
  const median = quantile(cosines, 0.5);
  return [
    finding(
      'random pairs',
      eps,
      `median similarity ${text(median)}; the closest ${percent(CLOSEST)} are within eps ${text(eps)}; ` +
        `the mean of the rows has length ${text(mean)}`,
      median > CROWDED &&
        `rows crowd in one direction: choose an eps well below ${text(eps)}, or subtract the mean of all embeddings first`,
    ),
    finding(
      'two halves',
      halves?.share ?? 0,
      halves
        ? `${percent(halves.share)} of the rows are apart: median similarity ${text(halves.inside)} inside ` +
            `the halves, ${text(halves.across)} across`
        : 'none: the rows do not come apart in two',
      halves &&
        'if two models made them, embed all rows with one; FROM kmeans(…, 2) tells which rows are in which half',
    ),
  ];
}
