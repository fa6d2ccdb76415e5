import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryId,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely';

const signals = new WeakMap<QueryId, AbortSignal>();

/** The signal that stops a query. */
export const signalOf = (queryId: QueryId): AbortSignal | undefined => signals.get(queryId);

/**
 * Stops queries by a signal, running or waiting. They reject with its reason; streams do, too.
 *
 * ```ts
 * const plugin = new AbortPlugin(AbortSignal.timeout(60_000));
 * await db.withPlugin(plugin).selectFrom('clips').selectAll().execute();
 * ```
 */
export class AbortPlugin implements KyselyPlugin {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    const other = signals.get(queryId);
    signals.set(queryId, other ? AbortSignal.any([other, this.#signal]) : this.#signal);
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}
