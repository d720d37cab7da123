import type { DataId } from '@tensorflow/tfjs-core';
import { type Addon, CONVOLUTION_ALGORITHM, CONVOLUTION_PASS } from './addon.ts';
import type { BufferPool } from './buffer-pool.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';

/**
 * Filters in the form that the convolutions take (transformed for Winograd, or packed), kept with the tensor they were made
 * from: the many passes of a search reuse them. A variable that is assigned to has a new DataId, so nothing goes stale.
 */
export class ConvolutionFilters {
  readonly #addon: Addon;
  readonly #pool: BufferPool;
  readonly #packed = new WeakMap<DataId, Map<string, Float32Array>>();

  constructor(addon: Addon, pool: BufferPool) {
    this.#addon = addon;
    this.#pool = pool;
  }

  /** The packed form for one pass over `shape` (15 sizes, as native/conv/conv.h orders them). */
  packed(pass: keyof typeof CONVOLUTION_PASS, shape: Int32Array, dataId: DataId, filter: Float32Array): Float32Array {
    const passNumber = CONVOLUTION_PASS[pass];
    const algorithm = CONVOLUTION_ALGORITHM[convolutionAlgorithm()];
    const [id, floats] = this.#addon.convFilterLayout(passNumber, algorithm, shape);
    // One DataId serves several shapes when a filter is reshaped.
    const key = `${passNumber} ${id} ${shape[3]} ${shape[6]} ${shape[7]} ${shape[8]}`;
    let forms = this.#packed.get(dataId);
    if (!forms) {
      forms = new Map();
      this.#packed.set(dataId, forms);
    }
    let form = forms.get(key);
    if (!form) {
      form = this.#allocate(floats);
      this.#addon.convPackFilter(passNumber, algorithm, shape, filter, form);
      forms.set(key, form);
    }
    return form;
  }

  /** Gives the memory of a tensor's packed forms back. */
  forget(dataId: DataId): void {
    const forms = this.#packed.get(dataId);
    if (!forms) return;
    for (const form of forms.values()) this.#pool.release(form.buffer);
    this.#packed.delete(dataId);
  }

  #allocate(floats: number): Float32Array {
    const { buffer, offset } = this.#pool.take(floats * 4);
    this.#pool.retain(buffer);
    return new Float32Array(buffer, offset, floats);
  }
}
