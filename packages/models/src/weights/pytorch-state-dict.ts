import { checkKnownOptions } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkModel } from '../check-arguments.ts';
import { Normalize } from '../layers/normalize.ts';
import { stateDict } from './state-dict.ts';
import type { StateTensor } from './state-tensor.ts';

/** What PyTorch's module has besides the weights of ours. */
export type PytorchStateDictOptions = {
  /**
   * Of a `wideResnet`: whether the module holds the `sub_block1` that its forward pass never calls. TRADES', Squeeze Training's and AWP's do,
   * RobustBench's by default do not. A copy of `block1` stands for it. Default true.
   */
  readonly subBlock1?: boolean;
  /**
   * Of a `dmWideResnet` or `dmPreactResnet` that normalises: whether the module keeps mean and std as buffers, as RobustBench's do; older
   * ones keep them as constants. Default true.
   */
  readonly buffers?: boolean;
};

/**
 * All that `load_state_dict(strict=True)` of the published PyTorch module asks for: `stateDict`, the counters `num_batches_tracked` (0: they
 * count only where batch normalisation has no momentum, which none of these networks does), `sub_block1`, and the buffers of normalisation.
 * `writePytorch` makes a file of it.
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

/** Gowal et al.'s modules normalise in themselves; what normalises before the others is another module, with a name of its owner's. */
function isNormalizedInside(state: ReadonlyMap<string, StateTensor>): boolean {
  return state.has('init_conv.weight') || state.has('conv_2d.weight');
}

function normalizationOf(model: LayersModel): readonly (readonly [string, StateTensor])[] {
  const layer = model.layers.find((candidate) => candidate instanceof Normalize);
  if (!layer) return [];
  const { mean, std } = layer.getConfig();
  return Object.entries({ mean, std }).map(([name, values]) => {
    const data = Float32Array.from(values as number[]); // as the layer's own configuration has them
    return [name, { dtype: 'F32', shape: [data.length, 1, 1], data }];
  });
}
