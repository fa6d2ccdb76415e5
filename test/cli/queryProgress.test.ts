import { expect, test, vi } from 'vitest';
import { ProgressLine } from '../../src/cli/progressLine.ts';
import { watchQuery } from '../../src/cli/shell/runSql.ts';

/** The lines drawn for a statement of 200 rows. `done` is the number of processed rows after every 200 ms. */
function drawn(done: readonly bigint[]): string[] {
  const lines: string[] = [];
  const stream = {
    isTTY: true,
    columns: 60,
    write: (text: string) => lines.push(text.replace('\r\u001B[K', '')),
  };
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  try {
    let at = 0;
    const connection = {
      get progress() {
        return { percentage: 0, rows_processed: done[at], total_rows_to_process: 200n };
      },
    };
    const end = watchQuery(connection, new ProgressLine({ stream, color: false }));
    for (at = 0; at < done.length; at++) vi.advanceTimersByTime(200);
    end();
    vi.advanceTimersByTime(1000);
    return lines;
  } finally {
    vi.useRealTimers();
  }
}

test('a statement tells how far it is once it has run for a second', () => {
  const lines = drawn([10n, 20n, 30n, 40n, 50n, 60n, 70n]);
  expect(lines).toEqual([
    'query  50/200  25%',
    expect.stringMatching(/^query {2}60\/200 {2}30%/),
    expect.stringMatching(/^query {2}70\//),
  ]);
});

test('a source that does not tell how far it is, such as range(), draws nothing', () => {
  expect(drawn(Array<bigint>(20).fill(0n))).toEqual([]);
});
