// Runs lists of steps sent by test/support/steps.ts, in a process that may crash without taking the tests with it.
import { copyFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFunctions } from '../../dist/functions/catalogue.js';
import { closeKernels } from '../../dist/functions/context.js';
import { tableFunctionOf } from '../../dist/functions/definition.js';
import { Connection } from '../../dist/index.js';

const functions = tableFunctions.map(tableFunctionOf);

/** @type {(statement: import('@duckdb/node-api').DuckDBPreparedStatement, how: string) => Promise<unknown>} */
async function execute(statement, how) {
  switch (how) {
    case 'start':
      return (await statement.start().readAll()).getRowsJson();
    case 'startStream':
      return (await statement.startStream().readAll()).getRowsJson();
    case 'stream':
      return (await statement.streamAndReadAll()).getRowsJson();
    default:
      return (await statement.runAndReadAll()).getRowsJson();
  }
}

/** @param {import('./steps.ts').Step[]} steps */
async function runSteps(steps) {
  const instance = await DuckDBInstance.create(':memory:');
  const connections = {
    main: await Connection.open(instance, { functions }),
    other: await Connection.open(instance, { functions }),
  };
  for (const { settings } of Object.values(connections)) settings.set('backend', 'reference');
  const prepared = new Map();
  const background = [];
  const outcomes = [];
  for (const { sql, on = 'main', prepare, execute: name, how, values, copy, wait = true } of steps) {
    const run = async () => {
      if (copy) return copyFileSync(...copy);
      if (prepare) {
        prepared.delete(prepare);
        return void prepared.set(prepare, await connections[on].prepare(sql));
      }
      if (!name) return (await connections[on].runAndReadAll(sql)).getRowsJson();
      const statement = prepared.get(name);
      if (!statement) throw new Error(`no statement ${name}`);
      if (values) statement.bind(values);
      return execute(statement, how);
    };
    const outcome = run().then(
      (rows) => ({ rows: rows ?? [] }),
      (error) => ({ error: String(error.message) }),
    );
    background.push(outcome);
    if (wait) await outcome;
  }
  for (const outcome of background) outcomes.push(await outcome);
  for (const connection of Object.values(connections)) {
    await connection.settle();
    await closeKernels(connection.settings);
    connection.closeSync();
  }
  instance.closeSync();
  return outcomes;
}

process.on('message', async (steps) => {
  try {
    process.send({ outcomes: await runSteps(steps) });
  } catch (error) {
    process.send({ failure: String(error.stack) });
  }
});
