import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

export interface TestBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

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
  });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
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
    for (const name of ['AWS_EXECUTION_ENV', 'AWS_LAMBDA_JS_RUNTIME', 'LD_LIBRARY_PATH']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
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
