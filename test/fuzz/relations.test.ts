import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { Session } from '../../src/session/session.ts';
import { caseCount } from '../support/cases.ts';
import { callables, goodValue, RELATIONS } from './callables.ts';
import { Runner } from './runner.ts';
import { columnArguments, relationOf, shapes, type Row, type Shape } from './shapes.ts';

const session = await Session.open({ backend: 'reference', config: { threads: '1' } });
const { connection } = session;
const [folder, before] = [mkdtempSync(join(tmpdir(), 'nearduck-shapes-')), process.cwd()];
process.chdir(folder);
await connection.run(RELATIONS);
await writeArrow(connection, 'FROM embeddings', 'embeddings.arrow');
const all = (await callables(connection)).filter(({ positional }) =>
  positional.some(({ name }) => name === 'relation'),
);

afterAll(async () => {
  await session.close();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const isValid = ({ embedding }: Row, dim: number): boolean =>
  embedding !== null &&
  embedding.length === dim &&
  embedding.every((value) => Number.isFinite(Number(value))) &&
  embedding.some((value) => Number(value) !== 0);

/**
 * The score of each valid row in `pairwise` with one cluster, in float64: the highest similarity to a row
 * with a lower id.
 */
function expectedScores({ rows, dim }: Shape): number[] {
  const units = rows
    .filter((row) => isValid(row, dim))
    .map(({ id, embedding }) => ({ id: id!, x: embedding!.map(Number) }))
    .sort((a, b) => a.id - b.id);
  const norm = (x: readonly number[]): number => Math.hypot(...x);
  const cosine = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i], 0) / norm(x) / norm(y);
  return units.map(({ x }, i) => Math.max(0, ...units.slice(0, i).map((earlier) => cosine(x, earlier.x))));
}

/** The largest difference if it exceeds the tolerance of the contract, otherwise 0. */
function farthest(scores: readonly number[], expected: readonly number[]): number {
  const off = Math.max(0, ...scores.map((score, i) => Math.abs(score - expected[i])));
  return off < 2e-6 ? 0 : off;
}

/** True when the required length is known: the first row that has a length is valid. */
const hasKnownLength = ({ rows, dim }: Shape): boolean =>
  rows.every(({ embedding }) => embedding === null || embedding.length === dim);

test('relations of any shape: scores as float64 arithmetic gives them, or an error that helps', async () => {
  const runner = new Runner(connection);
  let compared = 0;
  const property = fc.asyncProperty(shapes, fc.nat(all.length - 1), async (shape, which) => {
    const { sql, text } = relationOf(shape);
    if (sql !== '') await connection.run(sql);
    const { name, positional } = all[which];
    const given = positional.map((parameter) =>
      parameter.name === 'relation' ? quotedString(text) : goodValue(parameter, name),
    );
    await runner.check(`FROM ${name}(${given.join(', ')}, ${columnArguments(shape)})`, name);

    const call = `pairwise(${quotedString(text)}, cluster := NULL, rank_by := ${quotedString(`"${shape.idName.replaceAll('"', '""')}"`)}, on_invalid := 'skip', ${columnArguments(shape)})`;
    const statement = `SELECT cosine_sim_score FROM ${call} ORDER BY rank`;
    const ids = shape.rows.filter((row) => isValid(row, shape.dim)).map(({ id }) => id);
    const isWrong = new Set(ids).size < ids.length || ids.includes(null);
    const outcome = await runner.check(statement, 'pairwise');
    const isKnown = hasKnownLength(shape);
    expect(shape.isRefused || (isWrong && isKnown) ? outcome : 'error').toBe('error');
    if (shape.isRefused || isWrong || !isKnown) return;
    const reader = await connection.runAndReadAll(statement);
    const scores = reader.getRows().map(([score]) => score as number);
    const expected = expectedScores(shape);
    expect({ rows: scores.length, off: farthest(scores, expected) }).toEqual({
      rows: expected.length,
      off: 0,
    });
    compared++;
  });
  const runs = caseCount(200);
  await fc.assert(property, { numRuns: runs });
  expect(compared).toBeGreaterThan(runs / 3);
}, 0);
