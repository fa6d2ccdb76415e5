import { expect, test } from 'vitest';
import type { DedupOptions } from '../../../src/cli/dedup/options.ts';
import { foundShare } from '../../../src/cli/dedup/summary.ts';
import { keepOverlap } from '../../../src/functions/pairwise/fittedClusters.ts';
import { Session } from '../../../src/session/session.ts';

test('what --recall 1 promises for the eps it aims at is an estimate for a wider one', async () => {
  await using session = await Session.open({ backend: 'cpu' });
  await session.connection.run(
    'CREATE TABLE recall AS SELECT 0.9::DOUBLE AS recall, 0.8::DOUBLE AS recall_low, 1::DOUBLE AS recall_high, 50 AS rows_checked',
  );
  const share = (options: Partial<DedupOptions>, eps: number): Promise<unknown> =>
    foundShare(session, options as DedupOptions, eps);
  const estimate = { certainty: 'estimate', recall: 0.9, low: 0.8, high: 1, rowsChecked: 50 };
  keepOverlap(session.connection.settings, { certainty: 'complete', memberships: 1, pairs: 1 });
  expect(await share({ eps: 0.2 }, 0.2)).toEqual({ certainty: 'complete' });
  expect(await share({ keepRows: 7 }, 0.1)).toEqual({ certainty: 'complete' });
  expect(await share({ keepRows: 7 }, 0.11)).toEqual(estimate);
  keepOverlap(session.connection.settings, { certainty: 'exact', memberships: 1, pairs: 1 });
  expect(await share({ keepRows: 7 }, 0.5)).toEqual({ certainty: 'exact' });
  keepOverlap(session.connection.settings, { certainty: 'none', memberships: 1, pairs: 1 });
  expect(await share({ eps: 0.1 }, 0.1)).toEqual(estimate);
});
