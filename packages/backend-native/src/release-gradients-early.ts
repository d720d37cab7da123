import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { NativeBackend } from './native-backend.ts';

/** A node of the engine's tape; tfjs does not export its type. */
type TapeNode = {
  readonly outputs: Tensor[];
  readonly inputs: Record<string, Tensor>;
  readonly saved?: Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
};

type Gradients = ReturnType<typeof engine>['gradients'];

let installed = false;

/**
 * Frees memory during a backward pass. tfjs keeps every intermediate gradient and every saved activation until the pass has
 * ended, but those of a node are no longer needed once the previous node on the tape is reached. Freed at once, their memory is
 * reused by the next gradients: a ResNet's peak is that of its activations.
 * Wraps the tape's gradient functions and leaves tfjs's loop unchanged. Not affected are
 * - passes inside another tape (higher-order gradients), whose gradients the outer pass needs again;
 * - gradients that the caller requested or created, or that `tf.keep` protects;
 * - a tensor returned by a gradient function for several inputs, until its last use;
 * - other back ends.
 */
export function releaseGradientsEarly(): void {
  if (installed) return;
  installed = true;
  const engineNow = engine();
  const original = engineNow.gradients.bind(engineNow);
  const patched: Gradients = (f, xs, dy, allowNoGradients) => {
    const { state } = engineNow;
    if (state.gradientDepth !== 0 || !(engineNow.backend instanceof NativeBackend))
      return original(f, xs, dy, allowNoGradients);
    const requested = new Set(xs.map((x) => x.id));
    const wrapped: typeof f = () => {
      const y = f();
      const release = new EarlyRelease(requested);
      for (const node of (state.activeTape ?? []) as unknown as TapeNode[]) release.wrap(node);
      return y;
    };
    return original(wrapped, xs, dy, allowNoGradients);
  };
  engineNow.gradients = patched;
}

/** Tracks one backward pass and disposes tensors that it no longer needs. */
class EarlyRelease {
  readonly #requested: ReadonlySet<number>;
  /** The gradient that tfjs has recorded for a tensor; undefined if it is a sum that only tfjs knows. */
  readonly #recorded = new Map<number, Tensor | undefined>();
  /** For how many tensors an object is recorded as gradient. */
  readonly #holders = new Map<Tensor, number>();
  /** Gradients and saved tensors that are disposed when the next node is reached, unless they are recorded again. */
  #gradients: Tensor[] = [];
  #saved: Tensor[] = [];

  constructor(requested: ReadonlySet<number>) {
    this.#requested = requested;
  }

  wrap(node: TapeNode): void {
    const { gradient } = node;
    if (!gradient) return;
    node.gradient = (dys) => {
      this.#endPrevious();
      const inputGradients = gradient(dys);
      for (const [i, output] of node.outputs.entries()) this.#consume(output, dys[i]);
      this.#saved.push(...(node.saved ?? []));
      const watched = Object.entries(inputGradients).map(([name, compute]) => {
        const input = node.inputs[name];
        return [name, input ? () => this.#record(input, compute()) : compute] as const;
      });
      return Object.fromEntries(watched);
    };
  }

  #endPrevious(): void {
    const scope = engine().state.activeScope.id;
    for (const tensor of this.#gradients) {
      // Tensors created outside the pass, or kept, belong to others.
      const isTemporary = tensor.scopeId === scope && !tensor.kept;
      if (isTemporary && !this.#holders.has(tensor)) tensor.dispose();
    }
    for (const tensor of this.#saved) if (!this.#holders.has(tensor)) tensor.dispose();
    this.#gradients = [];
    this.#saved = [];
  }

  /** Called after the last read of the gradient of a node's output. */
  #consume(output: Tensor, dy: Tensor | null | undefined): void {
    if (!dy || this.#requested.has(output.id)) return;
    if (this.#recorded.get(output.id) === dy) this.#forget(dy);
    this.#recorded.delete(output.id);
    this.#gradients.push(dy);
  }

  /** Called before tfjs records `dx` for `input`, or adds it to the recorded gradient, which it then disposes itself. */
  #record(input: Tensor, dx: Tensor): Tensor {
    if (this.#recorded.has(input.id)) {
      const current = this.#recorded.get(input.id);
      if (current) this.#forget(current);
      this.#recorded.set(input.id, undefined);
      this.#gradients.push(dx);
    } else {
      this.#recorded.set(input.id, dx);
      this.#holders.set(dx, (this.#holders.get(dx) ?? 0) + 1);
    }
    return dx;
  }

  #forget(tensor: Tensor): void {
    const left = (this.#holders.get(tensor) ?? 0) - 1;
    if (left > 0) this.#holders.set(tensor, left);
    else this.#holders.delete(tensor);
  }
}
