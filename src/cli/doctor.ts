import {
  adapterReport,
  backendReport,
  machineReport,
  versionReport,
  type Section,
  selfTest,
} from './doctor/reports.ts';
import { errorText } from './shell/errorText.ts';

const usage = `Usage: nearduck doctor

Prints versions, the CPUs, memory and GPUs of the machine, and the backend that
'auto' picks, with the reason. Then it runs a quick self-test.
`;

/** `nearduck doctor`: exit code 0 when every backend that can run here gives the known answers. */
export async function run(args: readonly string[]): Promise<number> {
  const [argument] = args;
  if (argument !== undefined) {
    const isHelp = /^--?h(?:elp)?$/.test(argument);
    (isHelp ? process.stdout : process.stderr).write(
      isHelp ? usage : `Error: unknown argument '${argument}'\n\n${usage}`,
    );
    return isHelp ? 0 : 1;
  }
  try {
    print('Versions', await versionReport());
    print('Machine', await machineReport());
    print('Backend', await backendReport());
    print('WebGPU adapters', await adapterReport());
    const { section, passed } = await selfTest();
    print('Self-test', section);
    return passed ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`);
    return 1;
  }
}

function print(title: string, section: Section): void {
  const width = Math.max(...section.map(([name]) => name.length));
  const indent = `\n${' '.repeat(width + 4)}`;
  const lines = section.map(
    ([name, value]) => `  ${name.padEnd(width)}  ${value.replaceAll('\n', indent)}\n`,
  );
  process.stdout.write(`${title}\n${lines.join('')}\n`);
}
