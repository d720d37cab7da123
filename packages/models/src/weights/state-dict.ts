import type { SafetensorsTensor } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkModel } from '../check-arguments.ts';
import { stateEntries } from './state-entries.ts';
import { toTorchLayout } from './torch-layout.ts';

/**
 * Reads a model's weights and running statistics under PyTorch's names and in its layouts. `writeSafetensors` of `@st/core` writes them to a
 * file. `pytorchStateDict` adds the other tensors of the PyTorch modules.
 */
export async function stateDict(model: LayersModel): Promise<Map<string, SafetensorsTensor>> {
  checkModel('[@st/models] stateDict', model);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, shape, variable } of stateEntries(model)) {
    const weight = toTorchLayout(variable);
    const values = Float32Array.from(await weight.data()); // copied, because a back end may return its own memory
    weight.dispose();
    tensors.set(name, { dtype: 'F32', shape, data: values });
  }
  return tensors;
}
