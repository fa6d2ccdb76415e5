export { createCpuKernels } from './cpuKernels.ts';
