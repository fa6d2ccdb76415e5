import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chainEnds, Cycle } from '../../../src/algorithms/groups/chain.ts';
import { groupSizes, keptRows, RULES, type Rule } from '../../../src/algorithms/groups/groups.ts';
import { bestEarlierPairs, rankedPairs, rowNumbers } from '../../../src/algorithms/groups/rankedPairs.ts';

/**
 * Similarities of rows in rank order, and for each row the first equal row. Copies have the similarities of
 * that row.
 */
interface Case {
  readonly first: readonly number[];
  /** By later and earlier row; 0 where they are no pair. */
  readonly score: readonly (readonly number[])[];
}

const SCORES = [0, 0, 0, 0.9, 0.95, 1];

const cases: fc.Arbitrary<Case> = fc
  .record({
    kinds: fc.array(fc.nat(11), { minLength: 1, maxLength: 24 }),
    scores: fc.array(fc.constantFrom(...SCORES), { minLength: 66, maxLength: 66 }),
  })
  .map(({ kinds, scores }) => {
    const between = (a: number, b: number): number =>
      a === b ? 1 : scores[(Math.max(a, b) * (Math.max(a, b) - 1)) / 2 + Math.min(a, b)];
    const score = kinds.map((kind, row) => kinds.slice(0, row).map((other) => between(kind, other)));
    return { first: kinds.map((kind) => kinds.indexOf(kind)), score };
  });

/** All pairs; with `copies` false, only the pairs of rows that are not copies. */
function pairsOf({ first, score }: Case, copies: boolean) {
  const list = { later: [] as number[], earlier: [] as number[], score: [] as number[] };
  score.forEach((scores, row) =>
    scores.forEach((s, other) => {
      if (s === 0 || (!copies && (first[row] !== row || first[other] !== other))) return;
      list.later.push(row);
      list.earlier.push(other);
      list.score.push(s);
    }),
  );
  const pairs = {
    later: Int32Array.from(list.later),
    earlier: Int32Array.from(list.earlier),
    score: Float64Array.from(list.score),
  };
  return rankedPairs(first.length, [pairs], copies ? rowNumbers(first.length) : Int32Array.from(first));
}

/** The most similar candidate of a row, the earliest of equals. Returns the row itself without candidates. */
const bestOf = ({ score }: Case, row: number, candidates: readonly number[]): number =>
  candidates.reduce(
    (best, other) => (score[row][other] > (best === row ? 0 : score[row][best]) ? other : best),
    row,
  );

/** The rules as the contract defines them. */
const NAIVE: Record<Rule, (of: Case) => number[]> = {
  chain: (of) => {
    const kept: number[] = [];
    of.first.forEach((_, row) => {
      const best = bestOf(of, row, [...rowNumbers(row)]);
      kept.push(best === row ? row : kept[best]);
    });
    return kept;
  },
  covered: (of) => {
    const kept: number[] = [];
    of.first.forEach((_, row) => {
      const keptRows = [...rowNumbers(row)].filter((other) => kept[other] === other);
      kept.push(bestOf(of, row, keptRows));
    });
    return kept;
  },
  components: ({ first, score }) => {
    const kept = first.map((_, row) => row);
    for (let changed = true; changed;) {
      changed = false;
      score.forEach((scores, row) =>
        scores.forEach((s, other) => {
          if (s === 0 || kept[row] === kept[other]) return;
          kept[row] = kept[other] = Math.min(kept[row], kept[other]);
          changed = true;
        }),
      );
    }
    return kept;
  },
};

describe.each(RULES)('rule %s', (rule) => {
  test('is what a naive search finds, on random ties, chains and copies', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (of, copies) => {
        expect([...keptRows(pairsOf(of, copies), rule)]).toEqual(NAIVE[rule](of));
      }),
      { numRuns: 1000 },
    );
  });

  test('costs what rows and pairs cost: a chain of 200,000 rows', () => {
    const rows = 200_000;
    const later = rowNumbers(rows).subarray(1);
    const list = { later, earlier: later.map((row) => row - 1), score: new Float64Array(rows - 1).fill(0.9) };
    const kept = keptRows(rankedPairs(rows, [list], rowNumbers(rows)), rule);
    const sizes = groupSizes(
      kept,
      later.filter((row) => kept[row] !== row),
    );
    expect([kept[rows - 1], sizes[0]]).toEqual(rule === 'covered' ? [rows - 2, 2] : [0, rows]);
  });
});

test('covered: no dropped row is without a similar kept row before it, and no kept row has one', () => {
  fc.assert(
    fc.property(cases, (of) => {
      const kept = keptRows(pairsOf(of, false), 'covered');
      of.score.forEach((scores, row) => {
        const covering = scores.flatMap((s, other) => (s > 0 && kept[other] === other ? [other] : []));
        expect(covering.length > 0 ? covering : [row]).toContain(kept[row]);
      });
    }),
    { numRuns: 1000 },
  );
});

test('the best match of a row is the most similar one before it, the earliest of equals', () => {
  fc.assert(
    fc.property(cases, (of) => {
      const { row, score } = bestEarlierPairs(pairsOf(of, true));
      const wanted = of.first.map((_, later) => bestOf(of, later, [...rowNumbers(later)]));
      expect([...row]).toEqual(wanted);
      expect([...score]).toEqual(
        wanted.map((other, later) => (other === later ? 0 : of.score[later][other])),
      );
    }),
  );
});

test('a chain without an end is an error that names its rows', () => {
  expect(() => chainEnds(Int32Array.of(0, 0, 3, 4, 2, 1, 4))).toThrow(new Cycle([2, 3, 4]));
  expect([...chainEnds(Int32Array.of(2, 0, 2, 1, 4))]).toEqual([2, 2, 2, 2, 4]);
});
