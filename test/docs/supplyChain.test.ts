import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface LockedPackage {
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('the lockfile', () => {
  test('has the hash of every package', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  test('has only permissive licences among what users install', () => {
    const allowed = /^\(?(?:MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD)(?: OR .*\))?$/;
    const installed = packages.filter(([, { dev }]) => !dev);
    expect(installed.length).toBeGreaterThan(30);
    expect(installed.filter(([, { license = '' }]) => !allowed.test(license)).map(([path]) => path)).toEqual(
      [],
    );
  });
});
