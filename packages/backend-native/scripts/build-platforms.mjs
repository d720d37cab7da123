// Builds the packages with a built module, each in `platforms/NAME/`, ready to be packed:
//
//   node scripts/build-platforms.mjs                    that of this machine
//   node scripts/build-platforms.mjs linux-x64 ...      these
//   node scripts/build-platforms.mjs --all              all
//
// Every platform's module is built on Linux on x64, by Zig's Clang, and inspected. Objects are cached by Zig, so an unchanged module takes seconds.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileModule } from './compile/compile-module.mjs';
import { zigCompiler } from './compile/compilers.mjs';
import { PLATFORMS, packageOf } from './compile/platforms.mjs';
import { root, sourceHash } from './compile/sources.mjs';
import { faultsOf } from './inspect/inspect-module.mjs';
import { platform, writeStamp } from './module-file.mjs';

const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

async function buildPlatform(name) {
  const folder = join(root, 'platforms', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const module = join(folder, 'st_native.node');
  const { kernelsOf } = PLATFORMS[name];
  await compileModule({ compiler: zigCompiler(name), kernelsBy: kernelsOf && zigCompiler(kernelsOf), out: module });
  const faults = faultsOf(module, name);
  if (faults.length > 0) throw new Error(`${packageOf(name)}: the module ${faults.join('; ')}`);
  writeStamp(module, `${sourceHash()}-${name}`);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(name), null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readmeOf(name));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

function manifestOf(name) {
  const { os, cpu, libc } = PLATFORMS[name];
  return {
    name: packageOf(name),
    version: own.version,
    description: `The native module of @st/backend-native for ${name}`,
    license: own.license,
    ...(own.repository && { repository: own.repository }),
    ...(own.publishConfig && { publishConfig: own.publishConfig }),
    engines: own.engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: 'st_native.node',
    files: ['st_native.node', 'st_native.hash', 'README.md', 'LICENSE'],
  };
}

const readmeOf = (name) => `# ${packageOf(name)}

The native module of \`@st/backend-native\` for ${name}, which installs it as an optional dependency. Not to be installed by itself.
`;

function namesAsked(asked) {
  const names = asked.includes('--all') ? Object.keys(PLATFORMS) : asked.length > 0 ? asked : [platform()];
  const unknown = names.find((name) => !(name in PLATFORMS));
  if (!unknown) return names;
  throw new Error(`there is no platform '${unknown}': use --all, or some of ${Object.keys(PLATFORMS).join(', ')}`);
}

try {
  for (const name of namesAsked(process.argv.slice(2))) {
    await buildPlatform(name);
    console.log(`${packageOf(name)}: built`);
  }
} catch (error) {
  console.error(`[@st/backend-native] not built: ${error instanceof Error ? error.message : error}.`);
  process.exitCode = 1;
}
