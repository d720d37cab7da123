// Verifies the counts of an evaluation from its file of adversarial examples and the model only: `npm run verify -- --help`.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BACKENDS, type BackendName, useBackend } from '@st/backend';
import { readJson } from '@st/core/kit';
import { readWholeFile } from '@st/core/node';
import { type AdversarialFile, decodeAdversarialFile, type Verification, verifyAdversarialFile } from '@st/evaluation';
import { differencesFromReport } from '@st/evaluation/report';
import { Command, Option } from 'commander';

import { formatRadius } from '../command-line/format-setting.ts';
import { reportError } from '../command-line/report-error.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { loadModel } from './load-model.ts';
import { type WeightsSettings, weightsOptions } from './weights-options.ts';

/** Exit code if the claims of the file do not hold. */
const REFUTED = 3;

/** Number of failures listed one by one; the rest are only counted. */
const FAILURES_SHOWN = 10;

/** Larger than any file of an evaluation. */
const MAX_FILE_BYTES = 2 ** 32;
const MAX_REPORT_BYTES = 2 ** 30;

type Options = Partial<WeightsSettings> & {
  readonly checkpoint: string;
  readonly file: string;
  readonly backend: 'auto' | BackendName;
};

async function main(args: readonly string[]): Promise<number> {
  const { checkpoint, file, backend, ...weights } = parse(args);
  if (!existsSync(file))
    throw new UsageError(`--file ${file} does not exist. Give the adversarial.safetensors of an evaluation.`);
  const claims = decodeAdversarialFile(
    await readWholeFile('[@st/evaluation] npm run verify', file, MAX_FILE_BYTES),
    file,
  );
  const differences = await compareWithReport(join(dirname(file), 'report.json'), claims);
  const { line } = await useBackend(backend);
  const model = await loadModel(checkpoint, weights);
  try {
    process.stdout.write(`${model.line}; ${line}\n`);
    const verification = await verifyAdversarialFile({ classifier: model.classifier, file: claims });
    for (const line of [...lines(verification), ...differences]) process.stdout.write(`${line}\n`);
    const holds = verification.holds && differences.length === 0;
    process.stdout.write(holds ? 'Every claim holds.\n' : 'The claims do NOT hold.\n');
    return holds ? 0 : REFUTED;
  } finally {
    model.dispose();
  }
}

function parse(args: readonly string[]): Options {
  const command = new Command('npm run verify --')
    .description(
      'Checks the adversarial examples of an evaluation: that they lie in the ball and are misclassified, and that the counts are as claimed.',
    )
    .requiredOption('--checkpoint <path>', 'the evaluated model: folder of a run, or a weight file')
    .requiredOption('--file <path>', 'the adversarial.safetensors of the evaluation')
    .addOption(
      new Option(
        '--backend <name>',
        'TensorFlow.js back end; one other than that of the evaluation may round differently',
      )
        .choices(['auto', ...BACKENDS])
        .default('auto'),
    );
  for (const option of weightsOptions()) command.addOption(option);
  return command.parse([...args], { from: 'user' }).opts<Options>();
}

function lines(verification: Verification): string[] {
  const { threat, natural, robust, total, verified, failures, sameModel, sameData } = verification;
  const shown = failures.slice(0, FAILURES_SHOWN);
  return [
    `judged by: ${threat ? `${threat.norm}, epsilon ${formatRadius(threat.epsilon)} (${threat.epsilon}), pixels in [0, 1]` : 'no radius, as there was no attack'}`,
    `model: ${sameModel === null ? 'its weights cannot be read' : sameModel ? 'the one that was evaluated' : 'NOT the one that was evaluated'}`,
    `images: ${sameData ? 'the digest is as claimed' : 'the digest is NOT as claimed'}`,
    `adversarial examples: ${verified} of ${verified + failures.length} are in the ball and misclassified`,
    ...shown.map(({ index, attack, outcome }) => `  image ${index}, ${attack}: ${outcome.replaceAll('-', ' ')}`),
    ...(failures.length > shown.length ? [`  and ${failures.length - shown.length} more`] : []),
    `natural: ${natural.counted} of ${total} right, claimed ${natural.claimed}`,
    `robust: ${robust.counted} of ${total} right, claimed ${robust.claimed}`,
  ];
}

/** Compares the file with the report beside it, if there is one; returns the differences. */
async function compareWithReport(path: string, file: AdversarialFile): Promise<string[]> {
  if (!existsSync(path)) return [];
  const report = readJson(path, await readWholeFile('[@st/evaluation] npm run verify', path, MAX_REPORT_BYTES));
  return differencesFromReport(file, report, path);
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
