import type { DataId } from '@tensorflow/tfjs-core';
import { type Addon, CONVOLUTION_ALGORITHM, CONVOLUTION_PASS } from './addon.ts';
import type { BufferPool } from './buffer-pool.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';
import type { ConvolutionShape } from './kernels/convolution-shape.ts';

/**
 * Filters in packed form (for Winograd, transformed), cached with their tensor: the many passes of a search reuse them. Assigning
 * to a variable gives it a new DataId, so no entry becomes stale.
 */
export class ConvolutionFilters {
  readonly #addon: Addon;
  readonly #pool: BufferPool;
  readonly #packed = new WeakMap<DataId, Map<string, Float32Array>>();

  constructor(addon: Addon, pool: BufferPool) {
    this.#addon = addon;
    this.#pool = pool;
  }

  /** The packed form for one pass. */
  packed(
    pass: keyof typeof CONVOLUTION_PASS,
    shape: ConvolutionShape,
    dataId: DataId,
    filter: Float32Array,
  ): Float32Array {
    const passNumber = CONVOLUTION_PASS[pass];
    const algorithm = CONVOLUTION_ALGORITHM[convolutionAlgorithm()];
    const [id, floats] = this.#addon.convFilterLayout(passNumber, algorithm, shape.sizes);
    // Reshaped filters share one DataId.
    const key = `${passNumber} ${id} ${shape.inChannels} ${shape.outChannels} ${shape.filterHeight} ${shape.filterWidth}`;
    let forms = this.#packed.get(dataId);
    if (!forms) {
      forms = new Map();
      this.#packed.set(dataId, forms);
    }
    let form = forms.get(key);
    if (!form) {
      form = this.#allocate(floats);
      this.#addon.convPackFilter(passNumber, algorithm, shape.sizes, filter, form);
      forms.set(key, form);
    }
    return form;
  }

  /** Frees a tensor's packed forms. */
  forget(dataId: DataId): void {
    const forms = this.#packed.get(dataId);
    if (!forms) return;
    for (const form of forms.values()) this.#pool.release(form);
    this.#packed.delete(dataId);
  }

  #allocate(floats: number): Float32Array {
    const { buffer, offset } = this.#pool.take(floats * 4);
    const form = new Float32Array(buffer, offset, floats);
    this.#pool.retain(form);
    return form;
  }
}
