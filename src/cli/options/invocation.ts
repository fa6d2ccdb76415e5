import type { SessionOptions } from '../../session/session.ts';
import type { ShellSettings } from '../shell/settings.ts';

/** Something the command line asks for, in its order of appearance. */
export type Action =
  | { readonly kind: 'change'; readonly settings: Partial<ShellSettings> }
  | { readonly kind: 'run'; readonly text: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'setVariable'; readonly name: string; readonly value: string };

/** A parsed command line. */
export interface Invocation {
  /** Print this and exit. */
  show?: 'help' | 'version';
  database?: string;
  /** How the database is opened. */
  session: {
    readonly?: boolean;
    backend?: SessionOptions['backend'];
    config: Record<string, string>;
    memoryLimit?: string;
    s3Patience?: number;
    httpfs?: string;
  };
  /** The init file in place of `~/.nearduckrc`; null for none. */
  initFile?: string | null;
  /** Undefined: interactive if the standard input is a terminal. */
  interactive?: boolean;
  /** False when the command line contains everything to run. */
  readStdin: boolean;
  actions: Action[];
}
