import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { extract } from 'tar';

const ICD = 'vk_swiftshader_icd.json';
const WANTED = new Set(['libvk_swiftshader.so', 'libvulkan.so.1', ICD]);

/**
 * Unpacks the SwiftShader driver and the Vulkan loader from the devDependency `@sparticuz/chromium` (Linux on x64), once,
 * into `cache`. Returns the environment under which a new process finds them.
 */
export function unpackSwiftShader(cache: string): Record<string, string> {
  const packed = join(chromiumFolder(), 'bin', 'swiftshader.tar.br');
  const folder = join(cache, 'swiftshader');
  if (!existsSync(join(folder, ICD))) {
    mkdirSync(cache, { recursive: true });
    const aside = mkdtempSync(join(cache, 'swiftshader-'));
    try {
      const unpack = extract({
        cwd: aside,
        sync: true,
        filter: (path) => WANTED.has(path.replace('./', '')),
      });
      unpack.end(brotliDecompressSync(readFileSync(packed)));
      // The second process finds the same folder.
      if (!existsSync(folder)) renameSync(aside, folder);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  const libraries = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  return { LD_LIBRARY_PATH: libraries, VK_DRIVER_FILES: join(folder, ICD) };
}

/** The package's folder: the one above its main file that holds `bin`. */
function chromiumFolder(): string {
  let folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  while (!existsSync(join(folder, 'bin'))) folder = dirname(folder);
  return folder;
}
