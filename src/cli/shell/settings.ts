import type { ModeName } from '../modes/modes.ts';

/** What dot commands and options change; `.show` prints it. */
export interface ShellSettings {
  mode: ModeName;
  headers: boolean;
  nullValue: string;
  /** Undefined: the mode's own. */
  columnSeparator: string | undefined;
  rowSeparator: string | undefined;
  maxRows: number;
  /** Cells a duckbox is wide at most; 0 is the width of the terminal. */
  maxWidth: number;
  /** Table of mode `insert`. */
  table: string;
  timer: boolean;
  echo: boolean;
  /** Whether an error ends the run; undefined: in scripts it does, in the interactive shell it does not. */
  bail: boolean | undefined;
  interactive: boolean;
}

export function defaultSettings(): ShellSettings {
  return {
    mode: 'duckbox',
    headers: true,
    nullValue: 'NULL',
    columnSeparator: undefined,
    rowSeparator: undefined,
    maxRows: 40,
    maxWidth: 0,
    table: 'table',
    timer: false,
    echo: false,
    bail: undefined,
    interactive: false,
  };
}
