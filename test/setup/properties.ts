import * as fc from 'fast-check';
import { expect } from 'vitest';

/** Every `npm test` runs the same cases, so that its result is reproducible; `npm run fuzz` draws new ones. */
const SEED = Number(process.env['NEARDUCK_FUZZ_SEED'] ?? 20_261_123);

/** Reports the failure, its smallest case, and the command that repeats it. */
function report(run: fc.RunDetails<unknown>): void {
  if (!run.failed) return;
  const { testPath = '', currentTestName = '' } = expect.getState();
  const file = testPath.slice(testPath.lastIndexOf('/test/') + 1);
  const name = currentTestName.replaceAll(' > ', ' ').replaceAll(/[^\w ]+/g, '.*');
  const repeat = `npm run fuzz -- --seed ${run.seed} --cases ${process.env['NEARDUCK_FUZZ_CASES'] ?? 10_000} ${file} -t '${name}'`;
  throw new Error(`${fc.defaultReportMessage(run)}\n\nrepeat with: ${repeat}`, {
    cause: run.errorInstance,
  });
}

fc.configureGlobal({ seed: SEED, reporter: report });
