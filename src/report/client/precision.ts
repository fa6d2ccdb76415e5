import type { Verdict } from './verdicts.ts';

/** The 0.975 quantile of the normal distribution. */
const Z = 1.959963984540054;

/** A share of correct verdicts with its 95 % interval. `verdicts` is their number. */
export interface Precision {
  readonly verdicts: number;
  readonly precision: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The share of duplicates among the pairs dropped at `eps`, from weighted verdicts, with Wilson's 95 %
 * interval, like the macro eps_precision. Returns undefined without verdicts.
 */
export function precisionAt(verdicts: readonly Verdict[], eps: number): Precision | undefined {
  const judged = verdicts.filter(({ score }) => score >= 1 - eps);
  if (judged.length === 0) return undefined;
  let [w, wSame, w2, w2Same] = [0, 0, 0, 0];
  for (const { weight, isSame } of judged) {
    w += weight;
    w2 += weight ** 2;
    if (!isSame) continue;
    wSame += weight;
    w2Same += weight ** 2;
  }
  const p = wSame / w;
  const variance = p * (1 - p);
  const spread = ((1 - 2 * p) * w2Same + p * p * w2) / (w * w);
  const equal = Math.min((w * w) / w2, spread > 0 && variance > 0 ? variance / spread : judged.length);
  const z2 = Z ** 2 / equal;
  const middle = (p + z2 / 2) / (1 + z2);
  const half = Math.sqrt(z2 * variance + z2 ** 2 / 4) / (1 + z2);
  return {
    verdicts: judged.length,
    precision: p,
    low: Math.max(middle - half, 0),
    high: Math.min(middle + half, 1),
  };
}
