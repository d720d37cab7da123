import { asClassifier, type Classifier, DataFormatError } from '@st/core';
import { naturalLoss, noSearch, objective } from '@st/losses';
import {
  loadStateDict,
  type NetOptions,
  preactResnet18,
  resnet18,
  resnet34,
  resnet50,
  stateDict,
  wideResnet,
} from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BOUNDS } from './bounds.ts';
import { checkForward } from './check-model.ts';
import type { CheckContext, Checker } from './checker.ts';
import { type Entry, formulaWeights, publishedEntries } from './formula-weights.ts';
import type { Golden } from './golden.ts';
import { gradientsOf } from './gradients-of.ts';
import { imagesOf, labelsOf } from './images.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

/** Largest number of floating-point operations per forward pass that is run on the plain `cpu` back end: about half a minute with gradients. */
const CPU_FLOPS = 5e9;

const NETWORKS: Readonly<Record<string, (options: NetOptions) => LayersModel>> = {
  resnet18,
  resnet34,
  resnet50,
  preactresnet18: preactResnet18,
};

/** Full-size networks whose weights are given by a formula: logits, loss, gradients with respect to the images, norms and sums of the other gradients. */
export const checkFormulaModels: Checker = async (golden, report, context) => {
  const networks = new Set(golden.names.filter((name) => name.includes('/')).map((name) => name.split('/')[0] ?? ''));
  for (const name of networks) await checkNetwork(golden, report, context, name);
};

async function checkNetwork(golden: Golden, report: Report, context: CheckContext, name: string): Promise<void> {
  const model = build(golden, name);
  try {
    const count = golden.tensor(`${name}/logits_eval`).shape[0] ?? 0;
    const flops = count * forwardFlops(model);
    if (context.backend === 'cpu' && flops > CPU_FLOPS) {
      report.skip(
        name,
        `skipped: too slow on cpu (use --backend wasm or native): ${(flops / 1e9).toFixed(1)} GFLOP a pass`,
      );
      return;
    }
    const entries = publishedEntries(model);
    checkSizes(golden, report, name, entries);
    const weights = formulaWeights(entries, Number(golden.setting('salt') ?? 0));
    await withinRounding(golden, report, (images, cases) => {
      loadStateDict(model, weights); // for every attempt, because each changes the running statistics
      return checkNumbers(images, cases, name, { model, entries });
    });
  } finally {
    model.dispose();
  }
}

function build(golden: Golden, name: string): LayersModel {
  const classes = golden.tensor(`${name}/logits_eval`).shape[1] ?? 0;
  const [, channels = 0, height = 0, width = 0] = golden.tensor('x').shape;
  const options: NetOptions = { classes, inputShape: [height, width, channels] };
  const [, depth, widen] = /^wrn-(\d+)-(\d+)$/.exec(name) ?? [];
  if (depth) return wideResnet({ ...options, depth: Number(depth), widen: Number(widen) });
  const network = NETWORKS[name];
  if (network) return network(options);
  throw new DataFormatError(
    `[@st/conformance] ${golden.file}: networks must be ${Object.keys(NETWORKS).join(', ')} or wrn-DEPTH-WIDEN, got '${name}'.`,
  );
}

/** Compares the numbers of parameters and state_dict entries with the header. */
function checkSizes(golden: Golden, report: Report, name: string, entries: readonly Entry[]): void {
  const stated: { n_params?: number; state_names?: number } = JSON.parse(golden.setting(name) ?? '{}');
  const parameters = entries.filter(isParameter).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (stated.n_params !== undefined) {
    report.check(`${name}/n_params`, Math.abs(parameters - stated.n_params), 0, `${parameters} parameters`);
  }
  if (stated.state_names !== undefined) {
    report.check(`${name}/state_names`, Math.abs(entries.length - stated.state_names), 0, `${entries.length} entries`);
  }
}

const isParameter = ({ name }: Entry): boolean => /\.(weight|bias)$/.test(name);

async function checkNumbers(
  golden: Golden,
  report: Report,
  name: string,
  { model, entries }: { model: LayersModel; entries: readonly Entry[] },
): Promise<void> {
  const classifier = asClassifier(model);
  checkForward(golden, report, classifier, { prefix: `${name}/`, suffix: '_eval', mode: 'inference' });
  if (!golden.has(`${name}/logits_train`)) return;
  checkForward(golden, report, classifier, { prefix: `${name}/`, suffix: '_train', mode: 'batch-frozen' });
  checkGradients(golden, report, name, { classifier, entries });
  await checkBuffers(golden, report, name, { model, entries });
}

/** Norm and sum of each parameter's gradient; the training pass also updates the running statistics. */
function checkGradients(
  golden: Golden,
  report: Report,
  name: string,
  { classifier, entries }: { classifier: Classifier; entries: readonly Entry[] },
): void {
  const examples = { labels: labelsOf(golden, 'y'), views: { natural: imagesOf(golden, 'x') } };
  const { gradients } = gradientsOf(objective({ search: noSearch, loss: naturalLoss() }), classifier, examples);
  tf.dispose(examples);
  const norms = golden.values(`${name}/grad_l2`);
  const sums = golden.values(`${name}/grad_sum`);
  const errors = entries.filter(isParameter).map((entry, i) => {
    const gradient = Float64Array.from(gradients.get(entry.name) ?? [0]); // 0 for parameters that the forward pass does not use
    const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    const sum = gradient.reduce((total, value) => total + value, 0);
    const wanted = norms[i] ?? Number.NaN;
    // an error with relative l2 norm e changes the sum of n values by at most sqrt(n) e times their norm
    const reach = Math.sqrt(gradient.length) * wanted;
    return { norm: ratio(norm - wanted, wanted), sum: ratio(sum - (sums[i] ?? Number.NaN), reach) };
  });
  report.check(
    `${name}/grad_l2`,
    Math.max(...errors.map(({ norm }) => norm)),
    BOUNDS.gradients,
    `${errors.length} tensors`,
  );
  report.check(
    `${name}/grad_sum`,
    Math.max(...errors.map(({ sum }) => sum)),
    BOUNDS.gradients,
    `${errors.length} tensors`,
  );
}

/** Sums of the running statistics after that pass. Only PyTorch has batch counters and the unused block. */
async function checkBuffers(
  golden: Golden,
  report: Report,
  name: string,
  { model, entries }: { model: LayersModel; entries: readonly Entry[] },
): Promise<void> {
  const state = await stateDict(model);
  const sums = golden.values(`${name}/bn_after_sum`);
  const buffers = entries.filter((entry) => !isParameter(entry));
  const errors = buffers.flatMap((entry, i) => {
    const values = state.get(entry.name);
    if (!values) return [];
    const numbers = Float64Array.from(values.data, Number);
    const sum = numbers.reduce((total, value) => total + value, 0);
    const absolute = numbers.reduce((total, value) => total + Math.abs(value), 0);
    return [ratio(sum - (sums[i] ?? Number.NaN), absolute)];
  });
  report.check(`${name}/bn_after_sum`, Math.max(...errors), BOUNDS.statistics, `${errors.length} tensors`);
}

function ratio(difference: number, scale: number): number {
  return difference === 0 ? 0 : Math.abs(difference) / scale;
}

/** Number of multiplications and additions in the convolutions, per image. */
function forwardFlops(model: LayersModel): number {
  return model.layers.reduce((sum, layer) => {
    const [kernel] = layer.weights.filter(({ shape }) => shape.length === 4).map(({ shape }) => shape);
    if (!kernel) return sum;
    const [, height, width] = layer.outputShape as readonly (number | null)[];
    const size = kernel.reduce<number>((product, length) => product * (length ?? 1), 1);
    return sum + 2 * size * (height ?? 1) * (width ?? 1);
  }, 0);
}
