export { AbortPlugin } from './abortPlugin.ts';
export { NearduckAdapter } from './nearduckAdapter.ts';
export { NearduckDialect } from './nearduckDialect.ts';
export type { NearduckDialectConfig } from './nearduckDialectConfig.ts';
export { NearduckDriver } from './nearduckDriver.ts';
export { NearduckIntrospector } from './nearduckIntrospector.ts';
export { NearduckQueryCompiler } from './nearduckQueryCompiler.ts';
export * from './helpers.ts';
export type { Id } from './tableCall.ts';
