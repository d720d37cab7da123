// The command `npm run conformance -- --golden DIR [--backend NAME]`: every reference file of a folder through the public API.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { useBackend } from '@st/backend';
import { StError } from '@st/core';

import { ConformanceReport } from './report.ts';
import { runFolder } from './run-folder.ts';

const USAGE = `npm run conformance -- [--golden DIR] [--backend NAME]

  --golden DIR    folder of reference files; default: ../shared/golden beside the project if it is there, else conformance/fixtures
  --backend NAME  auto (default), native, tfjs-node, tfjs-node-gpu, webgpu, wasm or cpu`;

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { golden: { type: 'string' }, backend: { type: 'string', default: 'auto' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const folder = values.golden === undefined ? defaultFolder() : given(values.golden);
  const { name: backend, line } = await useBackend(values.backend as Parameters<typeof useBackend>[0]); // which checks the name
  console.log(`${folder}, ${line}\n`);
  const { cases, failures } = await runFolder(folder, { backend }, new ConformanceReport(console.log));
  if (cases === 0) console.error(`No case was checked: ${folder} holds no reference file that is covered.`);
  return failures === 0 && cases > 0 ? 0 : 1;
}

/** Relative to where npm was called, which is not always where it runs the command. */
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
    const isUsage = error instanceof TypeError && 'code' in error; // parseArgs: an unknown option, say
    console.error(error instanceof StError || isUsage ? (error as Error).message : error);
    if (isUsage) console.error(`\n${USAGE}`);
    process.exitCode = 2;
  },
);
