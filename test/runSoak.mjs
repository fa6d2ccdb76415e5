// Starts test/soak.mjs where the software adapter is found that `npm test` unpacks: the loader reads it from the environment.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../node_modules/.cache/nearduck/swiftshader', import.meta.url));
const adapter = existsSync(folder)
  ? { LD_LIBRARY_PATH: folder, VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json') }
  : {};
const soak = fileURLToPath(new URL('soak.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, ['--expose-gc', soak, ...process.argv.slice(2)], {
  env: { ...adapter, ...process.env },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
