import { DataFormatError } from '@st/core';
import type { Safetensors, SafetensorsTensor } from '@st/core/kit';

/** One file of reference numbers. */
export type Golden = {
  /** The file's name. */
  readonly file: string;
  has(name: string): boolean;
  /** The tensor of that name, as stored (PyTorch's layout). */
  tensor(name: string): SafetensorsTensor;
  /** The values of the tensor as numbers. */
  values(name: string): Float64Array;
  /** The value of a scalar. */
  scalar(name: string): number;
  /** The tensors whose names start with `prefix/`, by the rest of the name. */
  under(prefix: string): ReadonlyMap<string, SafetensorsTensor>;
  /** A setting from the header. */
  setting(key: string): string | undefined;
  /** A required number from the header. */
  number(key: string): number;
  /** Applied to images before they become tensors. The identity, except in `withinRounding`. */
  nudge(pixels: Float64Array): Float64Array;
  readonly names: readonly string[];
};

/** The accessors of a reference file. Each throws a `DataFormatError` that names the file and what it lacks. */
export function goldenOf(file: string, { tensors, metadata }: Safetensors): Golden {
  const tensor = (name: string): SafetensorsTensor => tensors.get(name) ?? lacks(file, `tensor '${name}'`);
  const values = (name: string): Float64Array => Float64Array.from(tensor(name).data, Number);
  return {
    file,
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    nudge: (pixels) => pixels,
    tensor,
    values,
    scalar: (name) => values(name)[0] ?? lacks(file, `a value in '${name}'`),
    under: (prefix) =>
      new Map(
        [...tensors]
          .filter(([name]) => name.startsWith(`${prefix}/`))
          .map(([name, value]) => [name.slice(prefix.length + 1), value]),
      ),
    setting: (key) => metadata[key],
    number: (key) => {
      const value = Number(metadata[key]);
      return metadata[key] === undefined || !Number.isFinite(value)
        ? lacks(file, `a number '${key}' in its header`)
        : value;
    },
  };
}

function lacks(file: string, what: string): never {
  throw new DataFormatError(`[@st/conformance] ${file}: the check needs ${what}, and the file has none.`);
}
