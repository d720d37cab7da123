// The command `npm run conformance -- --golden DIR [--backend NAME]`: checks every reference file of a folder through the public API.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { useBackend } from '@st/backend';
import { StError } from '@st/core';

import { ConformanceReport } from './report.ts';
import { runFolder } from './run-folder.ts';

const USAGE = `npm run conformance -- [--golden DIR] [--backend NAME] [--convolution KIND]

  --golden DIR    folder of reference files; default: ../shared/golden beside the project if it is there, else conformance/fixtures
  --backend NAME  auto (default), native, tfjs-node, tfjs-node-gpu, webgpu, st-wasm, wasm or cpu
  --convolution KIND  on native and st-wasm: direct (default), accurate or fast. The references were computed with direct convolutions. Winograd's, which 'fast'
                  uses, have ten times the rounding error, which flips more ReLUs and turns gradients of exactly 0 into noise with a sign`;

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      golden: { type: 'string' },
      backend: { type: 'string', default: 'auto' },
      convolution: { type: 'string', default: 'direct' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const folder = values.golden === undefined ? defaultFolder() : given(values.golden);
  const { name: backend, line } = await useBackend(values.backend as Parameters<typeof useBackend>[0]); // useBackend checks the name
  const convolution = await chooseConvolution(backend, values.convolution);
  console.log(`${folder}, ${line}${convolution}\n`);
  const { cases, failures } = await runFolder(folder, { backend }, new ConformanceReport(console.log));
  if (cases === 0) console.error(`No case was checked: ${folder} holds no reference file that is covered.`);
  return failures === 0 && cases > 0 ? 0 : 1;
}

/** Sets the algorithm, which only our own kernels have; returns a note for the output. */
async function chooseConvolution(backend: string, algorithm: string): Promise<string> {
  if (backend !== 'native' && backend !== 'st-wasm') return '';
  const { setConvolutionAlgorithm } = await import('@st/backend-native');
  setConvolutionAlgorithm(algorithm as Parameters<typeof setConvolutionAlgorithm>[0]); // the function checks the word
  return `, convolution '${algorithm}'`;
}

/** Resolves a path relative to the folder where npm was called; npm may run the command in another one. */
function given(folder: string): string {
  return resolve(process.env.INIT_CWD ?? '.', folder);
}

function defaultFolder(): string {
  const shared = fromHere('../../../shared/golden');
  return existsSync(shared) ? shared : fromHere('../fixtures');
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isUsage = error instanceof TypeError && 'code' in error; // from parseArgs, such as an unknown option
    console.error(
      error instanceof StError || error instanceof RangeError || isUsage ? (error as Error).message : error,
    );
    if (isUsage) console.error(`\n${USAGE}`);
    process.exitCode = 2;
  },
);
