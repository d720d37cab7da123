import { checkKnownOptions } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkModel } from '../check-arguments.ts';
import { Normalize } from '../layers/normalize.ts';
import { stateDict } from './state-dict.ts';
import type { StateTensor } from './state-tensor.ts';

/** Tensors of the PyTorch module that the model does not have. */
export type PytorchStateDictOptions = {
  /**
   * For a `wideResnet`: whether the module has the unused `sub_block1`. TRADES', Squeeze Training's and AWP's modules do, RobustBench's by
   * default do not. A copy of `block1` is written in its place. Default true.
   */
  readonly subBlock1?: boolean;
  /**
   * For a `dmWideResnet` or `dmPreactResnet` with normalization: whether the module registers mean and std as buffers, as RobustBench's do;
   * older modules have constants. Default true.
   */
  readonly buffers?: boolean;
};

/**
 * All tensors that `load_state_dict(strict=True)` of the published PyTorch module needs: `stateDict`, the counters `num_batches_tracked`,
 * `sub_block1`, and the buffers of normalization. The counters are 0, because they only matter for batch normalization without momentum,
 * which none of these networks has. `writePytorch` writes the result to a file.
 * @throws {InvalidArgumentError} for an unknown option.
 */
export async function pytorchStateDict(
  model: LayersModel,
  options: PytorchStateDictOptions = {},
): Promise<Map<string, StateTensor>> {
  checkModel('[@st/models] pytorchStateDict', model);
  checkKnownOptions('[@st/models] pytorchStateDict', options, ['subBlock1', 'buffers']);
  const { subBlock1 = true, buffers = true } = options;
  const state = await stateDict(model);
  const complete = new Map<string, StateTensor>(buffers && isNormalizedInside(state) ? normalizationOf(model) : []);
  for (const [name, tensor] of state) {
    for (const [key, value] of withCounter(name, tensor)) {
      complete.set(key, value);
      if (subBlock1 && key.startsWith('block1.')) complete.set(`sub_${key}`, value);
    }
  }
  return complete;
}

function withCounter(name: string, tensor: StateTensor): readonly (readonly [string, StateTensor])[] {
  if (!name.endsWith('.running_var')) return [[name, tensor]];
  const counter = name.replace(/running_var$/, 'num_batches_tracked');
  return [
    [name, tensor],
    [counter, { dtype: 'I64', shape: [], data: new BigInt64Array(1) }],
  ];
}

/** Whether the module itself normalizes images, as Gowal et al.'s do. For the others a separate module with an unknown name does. */
function isNormalizedInside(state: ReadonlyMap<string, StateTensor>): boolean {
  return state.has('init_conv.weight') || state.has('conv_2d.weight');
}

function normalizationOf(model: LayersModel): readonly (readonly [string, StateTensor])[] {
  const layer = model.layers.find((candidate) => candidate instanceof Normalize);
  if (!layer) return [];
  const { mean, std } = layer.getConfig();
  return Object.entries({ mean, std }).map(([name, values]) => {
    const data = Float32Array.from(values as number[]); // mean and std in the layer's configuration
    return [name, { dtype: 'F32', shape: [data.length, 1, 1], data }];
  });
}
