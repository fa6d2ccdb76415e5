import { expect, test } from 'vitest';
import { checkSpace } from '../../../src/cli/dedup/checks/checkSpace.ts';
import { bindInput, fromInput } from '../../../src/cli/dedup/input/bindInput.ts';
import { openInput } from '../../../src/cli/dedup/input/input.ts';
import { columnsOf } from '../../../src/relation/relation.ts';
import { Session } from '../../../src/session/session.ts';
import { clips, temporaryFolder } from '../../workflow/clips.ts';

test('dedup compares the rows with the space that is free, unless memory holds the files many times', async () => {
  const check = async (memoryLimit: string, rows: number): Promise<void> => {
    await using session = await Session.open({ memoryLimit });
    const { connection } = session;
    const options = { id: 'id', embedding: 'embedding' };
    const input = await bindInput(
      connection,
      await openInput(connection, { name: 'input', texts: [clips] }),
      options.embedding,
    );
    const from = fromInput(input);
    const relation = { text: input.text, from, columns: await columnsOf(connection, from) };
    await checkSpace(
      session,
      relation,
      options as Parameters<typeof checkSpace>[2],
      input,
      rows,
      temporaryFolder(),
    );
  };
  await expect(check('16MB', 1e15)).rejects.toThrow(
    /^IO Error: 1,000,000,000,000,000 embeddings of \d+ elements take [\d.]+ [KMGTPE]iB; [\d.]+ [KMG]iB of them fit in the memory limit, and the others spill to a temporary file in '.*', where [\d.]+ [KMGT]iB are free; free space there, raise --memory-limit, or cut the run into tasks with nearduck plan$/,
  );
  await check('16MB', 1e3);
  await check('16GB', 1e15);
});
