import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Applies layers in sequence; the first may take several inputs. */
export function connect(
  input: SymbolicTensor | SymbolicTensor[],
  ...[first, ...rest]: readonly [layers.Layer, ...layers.Layer[]]
): SymbolicTensor {
  const output = first.apply(input) as SymbolicTensor; // every layer of this package has one output
  return rest.reduce((x, layer) => layer.apply(x) as SymbolicTensor, output);
}

/** Channels of an NHWC feature map. */
export function channelsOf(x: SymbolicTensor): number {
  return x.shape[3] ?? 0;
}
