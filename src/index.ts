export { Connection, type ConnectionOptions, type StatementResult } from './connection/connection.ts';
export type { TableFunction, BoundCall, CallArguments } from './connection/tableFunction.ts';
export type { ComputeContext, ResultTable } from './connection/job.ts';
export { NearduckError, type ErrorClass } from './errors.ts';
export { catalogue, type CatalogueEntry } from './functions/catalogue.ts';
export { BACKENDS, type BackendChoice, type BackendName } from './kernels/kernels.ts';
export type { Progress, ProgressListener } from './progress.ts';
export { Session, type SessionOptions } from './session/session.ts';
