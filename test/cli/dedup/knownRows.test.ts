import { expect, test } from 'vitest';
import { knownRows } from '../../../src/cli/dedup/checks/checkSpace.ts';
import { bindInput } from '../../../src/cli/dedup/input/bindInput.ts';
import { openInput } from '../../../src/cli/dedup/input/input.ts';
import { CLIPS, clips, openSession, temporaryFolder } from '../../workflow/clips.ts';

test('the rows of Parquet files are known before they are read, those of others are not', async () => {
  await using session = await openSession();
  const { connection } = session;
  const file = `${temporaryFolder()}/rows.json`;
  await connection.run(`COPY (SELECT 1 AS id, [1.0] AS embedding) TO '${file}'`);
  const rowsOf = async (path: string): Promise<number | undefined> => {
    const input = await openInput(connection, { name: 'input', texts: [path] });
    return knownRows(session, await bindInput(connection, input, 'embedding'));
  };
  expect(await rowsOf(clips)).toBe(CLIPS);
  expect(await rowsOf(file)).toBeUndefined();
});
