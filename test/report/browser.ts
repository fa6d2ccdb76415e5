import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

export interface TestBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/nearduck', import.meta.url));

/** Headless Chromium from the devDependency `@sparticuz/chromium`; undefined where it does not run, with the reason printed. */
export async function openBrowser(): Promise<TestBrowser | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.warn('skipped: the Chromium of the tests is for Linux on x64');
    return undefined;
  }
  // The package unpacks its libraries only in what looks like an AWS function.
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
    AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x',
    TMPDIR: join(CACHE, 'chromium'),
  });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    await unpackOnce(process.env['TMPDIR']!, () => packed.executablePath());
    const browser = await launch({
      executablePath: await packed.executablePath(),
      // With all pages in one process, closing one would end all.
      args: packed.args.filter((arg) => arg !== '--single-process'),
      env: process.env as Record<string, string>,
    });
    return {
      browser,
      async close() {
        await browser.close();
      },
    };
  } catch (error) {
    console.warn(`skipped: Chromium does not start: ${(error as Error).message}`);
    return undefined;
  } finally {
    for (const name of ['AWS_EXECUTION_ENV', 'AWS_LAMBDA_JS_RUNTIME', 'LD_LIBRARY_PATH', 'TMPDIR']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Has `unpack` fill `folder` by way of TMPDIR, unless an earlier run did. */
async function unpackOnce(folder: string, unpack: () => Promise<unknown>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  process.env['TMPDIR'] = aside;
  try {
    await unpack();
    // The second process finds the same folder.
    if (!existsSync(folder)) renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
    process.env['TMPDIR'] = folder;
  }
}

/** Starts the browser. Retries while another process has the new executable open. */
async function launch(options: LaunchOptions, tries = 10): Promise<Browser> {
  try {
    return await chromium.launch(options);
  } catch (error) {
    if (tries <= 1 || !(error as Error).message.includes('ETXTBSY')) throw error;
    await sleep(300);
    return launch(options, tries - 1);
  }
}
