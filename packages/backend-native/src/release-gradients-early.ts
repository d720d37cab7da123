import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { BACKEND_NAME } from './native-backend.ts';

/** What is used of a node of the engine's tape, which tfjs does not export. */
type TapeNode = {
  readonly outputs: Tensor[];
  readonly inputs: Record<string, Tensor>;
  readonly saved?: Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
};

type Gradients = ReturnType<typeof engine>['gradients'];

let installed = false;

/**
 * Lets a backward pass give memory back while it runs. tfjs keeps every intermediate gradient and every saved activation
 * until the pass has ended; a node's are no use once the node before it on the tape is reached, since all who could still
 * want them have run. Given back at once, the next gradients use the same memory: a ResNet's peak is that of its activations.
 *
 * It wraps the tape's own gradient functions and leaves tfjs's loop as it is. Left alone are
 * - passes inside another tape (higher-order gradients), whose gradients the outer pass needs again;
 * - gradients that the caller asked for, that the caller made, or that `tf.keep` protects;
 * - a tensor that a gradient function handed on (one object may be the gradient of several tensors): it goes with its last holder;
 * - other back ends.
 */
export function releaseGradientsEarly(): void {
  if (installed) return;
  installed = true;
  const engineNow = engine();
  const original = engineNow.gradients.bind(engineNow);
  const patched: Gradients = (f, xs, dy, allowNoGradients) => {
    const { state } = engineNow;
    if (state.gradientDepth !== 0 || engineNow.backendName !== BACKEND_NAME)
      return original(f, xs, dy, allowNoGradients);
    const wanted = new Set(xs.map((x) => x.id));
    const wrapped: typeof f = () => {
      const y = f();
      const release = new EarlyRelease(wanted);
      for (const node of (state.activeTape ?? []) as unknown as TapeNode[]) release.wrap(node);
      return y;
    };
    return original(wrapped, xs, dy, allowNoGradients);
  };
  engineNow.gradients = patched;
}

/** Follows one backward pass and disposes what nothing can want any more. */
class EarlyRelease {
  readonly #wanted: ReadonlySet<number>;
  /** The gradient that tfjs has filed for a tensor; undefined where it is a sum that only tfjs knows. */
  readonly #filed = new Map<number, Tensor | undefined>();
  /** For how many tensors an object is filed as gradient. */
  readonly #holders = new Map<Tensor, number>();
  /** Gradients and saved tensors that go when the next node is reached, unless they are filed meanwhile. */
  #gradients: Tensor[] = [];
  #saved: Tensor[] = [];

  constructor(wanted: ReadonlySet<number>) {
    this.#wanted = wanted;
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
        return [name, input ? () => this.#file(input, compute()) : compute] as const;
      });
      return Object.fromEntries(watched);
    };
  }

  #endPrevious(): void {
    const scope = engine().state.activeScope.id;
    for (const tensor of this.#gradients) {
      // What the pass did not make, or what is kept, is another's.
      const isTemporary = tensor.scopeId === scope && !tensor.kept;
      if (isTemporary && !this.#holders.has(tensor)) tensor.dispose();
    }
    for (const tensor of this.#saved) if (!this.#holders.has(tensor)) tensor.dispose();
    this.#gradients = [];
    this.#saved = [];
  }

  /** The gradient of a node's output has been read for the last time. */
  #consume(output: Tensor, dy: Tensor | null | undefined): void {
    if (!dy || this.#wanted.has(output.id)) return;
    if (this.#filed.get(output.id) === dy) this.#drop(dy);
    this.#filed.delete(output.id);
    this.#gradients.push(dy);
  }

  /** tfjs is about to file `dx` for `input`, or to add it to what is filed, which it then disposes itself. */
  #file(input: Tensor, dx: Tensor): Tensor {
    if (this.#filed.has(input.id)) {
      const current = this.#filed.get(input.id);
      if (current) this.#drop(current);
      this.#filed.set(input.id, undefined);
      this.#gradients.push(dx);
    } else {
      this.#filed.set(input.id, dx);
      this.#holders.set(dx, (this.#holders.get(dx) ?? 0) + 1);
    }
    return dx;
  }

  #drop(tensor: Tensor): void {
    const left = (this.#holders.get(tensor) ?? 0) - 1;
    if (left > 0) this.#holders.set(tensor, left);
    else this.#holders.delete(tensor);
  }
}
