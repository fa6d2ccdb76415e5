import { selectKernels } from '../../kernels/select.ts';
import type { Section } from './section.ts';
import { errorText } from '../shell/errorText.ts';

/** The backend that `auto` picks, and why. */
export async function backendReport(): Promise<Section> {
  try {
    const { kernels, reason } = await selectKernels('auto');
    const { name } = kernels;
    await kernels.close();
    return [
      ['auto', name],
      ['why', reason],
    ];
  } catch (error) {
    return [['auto', `none: ${errorText(error)}`]];
  }
}
