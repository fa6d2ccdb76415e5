import { describe, expect, test } from 'vitest';
import { runCli } from './runCli.ts';

describe('nearduck doctor', { timeout: 60_000 }, () => {
  test('prints versions, machine, backend and a passed self-test', async () => {
    const { code, stdout, stderr } = await runCli(['doctor']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect([...stdout.matchAll(/^\S.*$/gm)].map(([title]) => title)).toEqual([
      'Versions',
      'Machine',
      'Backend',
      'WebGPU adapters',
      'Self-test',
    ]);
    expect(stdout).toMatch(/^ {2}DuckDB {2,}v\d+\.\d+\.\d+$/m);
    expect(stdout).toMatch(/^ {2}auto {2,}(?:cpu|webgpu)$/m);
    expect(stdout).toMatch(/^ {2}cpu {2,}ok$/m);
    expect(stdout).toMatch(/^ {2}reference {2,}ok$/m);
  });

  test('refuses arguments', async () => {
    expect(await runCli(['doctor', 'what'])).toMatchObject({ code: 1, stdout: '' });
    expect((await runCli(['doctor', '--help'])).stdout).toMatch(/^Usage: nearduck doctor\n/);
  });
});
