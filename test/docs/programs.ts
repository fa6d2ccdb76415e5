import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { root } from './blocks.ts';

const parsed = new Map<string, ts.SourceFile | undefined>();

/** The type errors of programs beside the package's `package.json`, with the types in `dist/`. */
export function typeErrors(programs: readonly string[]): string[] {
  const codes = new Map(programs.map((code, i) => [`${root}program-${i}-of-a-document.mts`, code]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [`${root}node_modules/@types`],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => codes.get(file) ?? readFile(file);
  host.fileExists = (file) => codes.has(file) || fileExists(file);
  const { getSourceFile } = host;
  host.getSourceFile = (file, version, ...others) => {
    const code = codes.get(file);
    if (code !== undefined) return ts.createSourceFile(file, code, version);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, version, ...others));
    return parsed.get(file);
  };
  const program = ts.createProgram([...codes.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Runs a program like a user of the package, in a new folder with the fixtures. Returns its output. */
export async function runProgram(code: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-program-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'nearduck'));
    symlinkSync(join(root, 'node_modules', 'kysely'), join(folder, 'node_modules', 'kysely'));
    symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'));
    const module = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
    writeFileSync(
      join(folder, 'program.mjs'),
      ts.transpileModule(code, { compilerOptions: module }).outputText,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
    if (stderr !== '') throw new Error(stderr);
    for (const [, written] of code.matchAll(/'([\w-]+\.(?:parquet|arrow))'/g))
      if (!existsSync(join(folder, written))) throw new Error(`the program did not write ${written}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
