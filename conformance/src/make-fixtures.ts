// Makes conformance/fixtures, the compact subset in this repository, from a full folder of reference files:
//   npx tsx conformance/src/make-fixtures.ts DIR
// The same files give the same bytes. Values are never changed; tensors, and members of stacks, are dropped. Dropped are: files whose kinds of cases are
// all covered by others (model_resnet, st_wrn, st_rst, loss_rst_trades, awp_at), all full-size networks but two, gradients of later steps, points between
// the first and the last if another attack has them, and batches after the first.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeSafetensors } from '@st/core';
import type { SafetensorsTensor } from '@st/core/kit';

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/** The reduction of one file. */
type Reduction = {
  /** Names that are kept; default: all. */
  readonly keep?: RegExp;
  /** Names that are dropped. */
  readonly drop?: RegExp;
  /** Stacks of which only the first, or only the last, member is kept. */
  readonly first?: readonly string[];
  readonly last?: readonly string[];
  /** Settings that the reduction changes. */
  readonly settings?: Readonly<Record<string, string>>;
};

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  'regularizers.safetensors': {},
  'schedules.safetensors': {},
  'loss_at.safetensors': {},
  'model_preactresnet.safetensors': {},
  'model_wrn.safetensors': { keep: /^(state\/.*|x|y|(logits|loss|f64_logits)_(eval|train)|bn_after\/.*)$/ },
  'formula_models.safetensors': { keep: /^(x|y|(resnet18|wrn-10-2)\/.*)$/, drop: /^resnet18\/dx_eval$/ },
  'loss_trades_linf.safetensors': { first: ['grads'] },
  'attack_linf.safetensors': {
    drop: /^(test_PGD|pgd\/grads)/,
    first: ['test_CW/grads'],
    last: ['pgd/x_steps'],
  },
  'loss_trades_l2.safetensors': { drop: /^(x_adv_steps|grads|grad\/|params_after1\/)/ },
  'loss_mart.safetensors': { keep: /^(state\/|x$|y$|x_adv_final|logits_|loss|grad\/)/ },
  'awp_trades.safetensors': { drop: /^(g0|diff)\// },
  'attack_awp.safetensors': { keep: /^(state\/|x$|y$|awp_l_2_train\/(noise|delta|bn_after))/ },
  // runs from stored draws for one variant per norm; for the others only what needs no draws
  'aa_apgd.safetensors': { drop: /\/(adv|x_best|x_steps)$|^apgd_(ce|dlr)_linf\/run0\/rand$/ },
  'aa_fab.safetensors': { drop: /\/adv$|^fab_(l2|l1|t_linf)\// },
  'attack_collab.safetensors': { drop: /^eval\/grads$/, last: ['eval/x_steps'] },
  'aa_square.safetensors': { drop: /^((p|size)\/(1000|5000)|p_norescale\/1000|square_linf\/x_best)$/ },
  'st_resnet.safetensors': {
    drop: /^(b[1-9]\d*\/|params_after3|bn_after3|momentum_after3|b0\/grad_col$)/,
    first: ['b0/grad_adv'],
    settings: { batches: '1' },
  },
};

/** Files of `ckpt/` that are copied, and how many bytes of each: a good one with strided views, and the small ones among those to be refused. */
const CHECKPOINTS: Readonly<Record<string, number>> = {
  'strided_offset.pt': Number.POSITIVE_INFINITY,
  'malicious_legacy.pt': Number.POSITIVE_INFINITY,
  'malicious_zip.pt': Number.POSITIVE_INFINITY,
  'truncated_legacy.pt': 4096,
};

/** Copies them, with the expected values but without optimizer state, which the copied good file lacks. @returns Bytes written. */
function copyCheckpoints(from: string, to: string): number {
  const { tensors, metadata } = readSafetensors(readFileSync(join(from, 'expected.safetensors')));
  const expected = new Map([...tensors].filter(([name]) => !name.startsWith('momentum/')));
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  const files = new Map([['expected.safetensors', writeSafetensors(expected, metadata)]]);
  for (const [file, length] of Object.entries(CHECKPOINTS)) {
    files.set(file, readFileSync(join(from, file)).subarray(0, length));
  }
  for (const [file, bytes] of files) writeFileSync(join(to, file), bytes);
  const written = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(
    `${'ckpt'.padEnd(32)} ${String(files.size).padStart(4)} files   ${(written / 1024).toFixed(0).padStart(6)} KiB`,
  );
  return written;
}

function reduce(tensors: Tensors, { keep, drop, first = [], last = [] }: Reduction): Tensors {
  const kept = [...tensors].filter(([name]) => (keep?.test(name) ?? true) && !drop?.test(name));
  return new Map(
    kept.map(([name, tensor]) => {
      if (first.includes(name)) return [name, member(tensor, 0)];
      if (last.includes(name)) return [name, member(tensor, (tensor.shape[0] ?? 1) - 1)];
      return [name, tensor];
    }),
  );
}

/** A stack of one: member `index` of a stack. */
function member({ dtype, shape, data }: SafetensorsTensor, index: number): SafetensorsTensor {
  const size = data.length / (shape[0] ?? 1);
  return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(index * size, (index + 1) * size) };
}

const source = process.argv[2];
if (source === undefined) throw new Error('Name the folder of the full reference files.');
const target = fileURLToPath(new URL('../fixtures', import.meta.url));
mkdirSync(target, { recursive: true });
for (const file of readdirSync(target).filter((name) => name.endsWith('.safetensors'))) rmSync(join(target, file));
let total = 0;
for (const [file, reduction] of Object.entries(REDUCTIONS)) {
  const { tensors, metadata } = readSafetensors(readFileSync(join(source, file)), file);
  // only PyTorch has batch counters
  const wanted = new Map([...reduce(tensors, reduction)].filter(([name]) => !name.endsWith('.num_batches_tracked')));
  const bytes = writeSafetensors(wanted, { ...metadata, ...reduction.settings });
  writeFileSync(join(target, file), bytes);
  total += bytes.length;
  console.log(
    `${file.padEnd(32)} ${String(wanted.size).padStart(4)} tensors ${(bytes.length / 1024).toFixed(0).padStart(6)} KiB`,
  );
}
total += copyCheckpoints(join(source, 'ckpt'), join(target, 'ckpt'));
console.log(`${(total / 2 ** 20).toFixed(2)} MiB`);
