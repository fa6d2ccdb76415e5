import type { RunIdentity } from '../../output/keptRun.ts';
import { changesBetween, type InputFile } from '../dedup/input/inputFile.ts';

/** What decides the results of a run: two runs with the same fingerprint find the same. Plain JSON. */
export interface Fingerprint {
  readonly version: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The files that are read, of the input and of the metadata. */
  readonly files: readonly InputFile[];
}

/** What differs between the fingerprint of a run that began earlier and one of now, in words; undefined where nothing does. */
export function differenceBetween(before: Fingerprint, now: Fingerprint): string | undefined {
  if (before.version !== now.version) return `it is of nearduck ${before.version}, this is ${now.version}`;
  const names = new Set([...Object.keys(before.parameters), ...Object.keys(now.parameters)]);
  for (const name of names) {
    const [was, is] = [before.parameters[name], now.parameters[name]].map((value) => JSON.stringify(value));
    if (was !== is) return `it has ${optionText(name, was)}, this run has ${optionText(name, is)}`;
  }
  const [change] = changesBetween(before.files, now.files);
  return change && `its input is another one: '${change.path}' ${change.change}`;
}

function optionText(name: string, value: string | undefined): string {
  const option = `--${name.replaceAll('_', '-')}`;
  return value === undefined ? `no ${option}` : `${option} ${value}`;
}

/** A run of that fingerprint, which goes on with what a run of the same one has kept. */
export const identityOf = (fingerprint: Fingerprint): RunIdentity => ({
  fingerprint,
  differenceFrom: (before) => differenceBetween(before as Fingerprint, fingerprint),
});
