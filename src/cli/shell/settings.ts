import type { ModeName } from '../modes/modes.ts';

/** The settings that dot commands and options change. `.show` prints them. */
export interface ShellSettings {
  mode: ModeName;
  headers: boolean;
  nullValue: string;
  /** Undefined: the mode's own. */
  columnSeparator: string | undefined;
  rowSeparator: string | undefined;
  maxRows: number;
  /** Maximum width of a duckbox in cells; 0: the width of the terminal. */
  maxWidth: number;
  timer: boolean;
  echo: boolean;
  /** Whether an error ends the run. Undefined: it ends a file or `-c`, but not a piped script. */
  bail: boolean | undefined;
  interactive: boolean;
  /** The prompt of a statement, and of its further lines. */
  prompts: readonly [main: string, next: string];
}

/** The settings at the start of the shell. */
export function defaultSettings(): ShellSettings {
  return {
    mode: 'duckbox',
    headers: true,
    nullValue: 'NULL',
    columnSeparator: undefined,
    rowSeparator: undefined,
    maxRows: 40,
    maxWidth: 0,
    timer: false,
    echo: false,
    bail: undefined,
    interactive: false,
    prompts: ['D ', '· '],
  };
}
