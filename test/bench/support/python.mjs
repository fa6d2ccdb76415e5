import { run } from './child.mjs';

/**
 * The Python that runs the peers: the environment variable NEARDUCK_BENCH_PYTHON, or python3 on the path.
 * @returns {Promise<{ command: string } | { reason: string }>}
 */
export async function findPython() {
  const command = process.env.NEARDUCK_BENCH_PYTHON || 'python3';
  try {
    await run(command, ['-c', 'import faiss, numpy, pyarrow.parquet']);
    return { command };
  } catch (error) {
    const last = error.message.trim().split('\n').at(-1);
    return {
      reason: `${command}: ${last}; set NEARDUCK_BENCH_PYTHON to a Python with faiss-cpu, numpy and pyarrow`,
    };
  }
}
