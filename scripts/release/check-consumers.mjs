// Compiles two programs of users against the installed packages, with every strict setting of TypeScript and without skipLibCheck, and runs what it emits.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { binary, runCommand } from './run-command.mjs';

const SOURCES = ['consumer.ts', 'consumer.cts'];
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  isolatedModules: true,
  skipLibCheck: false,
  target: 'es2022',
  types: ['node'],
};

/** Node versions that can `require` an ES module. */
const REQUIRE_ESM = ['node-22', 'node-24', 'node-newest'];

/** `project` has the packages and the types of Node. Throws for an error of TypeScript that is not in a package of another publisher, and if a program fails. */
export async function checkConsumers(project, tools) {
  for (const file of SOURCES) copyFileSync(join(root, 'scripts', 'release', file), join(project, file));
  const newest = tools['typescript-newest'].file;
  await compile(binary('tsc'), project, { ...STRICT, module: 'esnext', moduleResolution: 'bundler' }, ['consumer.ts']);
  await compile(newest, project, { ...STRICT, module: 'nodenext' }, SOURCES);
  await compile(binary('tsc'), project, { ...STRICT, module: 'nodenext' }, SOURCES);
  await runCommand(process.execPath, ['consumer.js'], { cwd: project });
  for (const node of REQUIRE_ESM) await runCommand(tools[node].file, ['consumer.cjs'], { cwd: project });
}

async function compile(tsc, project, compilerOptions, files) {
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  try {
    await runCommand(tsc, ['--pretty', 'false'], { cwd: project });
  } catch (error) {
    const found = error.message.split('\n').filter((line) => /error TS\d+/.test(line));
    const ours = found.filter((line) => !isOthers(line));
    if (found.length === 0) throw error;
    if (ours.length > 0)
      throw new Error(
        `A strict program does not compile with the packages (${compilerOptions.module}):\n${ours.join('\n')}`,
      );
  }
}

/**
 * Errors in declarations of TypeScript and of tfjs 4.22 and its dependencies: LayersModel and BaseSerialization of tfjs-layers and, from TypeScript 6, WebGPU's types. Users
 * avoid them by `skipLibCheck`.
 */
function isOthers(line) {
  return /^[^(]*\/(lib\.dom\.d\.ts|node_modules\/@(tensorflow|webgpu|types)\/[^(]*)\(/.test(`/${line}`);
}
