// Loads a module for Linux with musl in a program that is linked with musl. npm has no Node for musl, so the program is a small one whose functions of
// Node-API do nothing: what is tried is that musl's loader takes the module, finds every other symbol and runs its initialization.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zigCompiler } from '../compile/compilers.mjs';
import { inspectModule } from './inspect-module.mjs';

/** By platform: musl's loader, as its programs name it. */
const LOADERS = { 'linux-x64-musl': '/lib/ld-musl-x86_64.so.1' };

const LOAD_TIMEOUT_MS = 60_000;

const HOST = `#include <dlfcn.h>
#include <stdio.h>
int main(int count, char** arguments) {
  void* module = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (module == NULL || dlsym(module, "napi_register_module_v1") == NULL) {
    fprintf(stderr, "%s\\n", dlerror());
    return 1;
  }
  return 0;
}
`;

/** True if this machine has musl for the platform. */
export function muslRunsHere(platform) {
  return existsSync(LOADERS[platform] ?? '');
}

/** Why musl does not load the module; undefined if it does. `folder` may be used for files. */
export function whyNotLoadedByMusl(platform, module, folder) {
  const isNodeApi = (name) => /^(napi|node_api)_/.test(name);
  const functions = inspectModule(module).imports.filter(isNodeApi);
  const source = join(folder, 'musl-host.c');
  const host = join(folder, 'musl-host');
  writeFileSync(source, `${HOST}${functions.map((name) => `void ${name}(void) { __builtin_trap(); }\n`).join('')}`);
  const { command, flags, environment } = zigCompiler(platform);
  const [zig] = command;
  // Zig's checks of undefined behavior need a newer musl than Debian's
  const args = ['cc', ...flags, '-O2', '-fno-sanitize=undefined', '-dynamic', '-rdynamic', source, '-o', host];
  return failureOf(zig, args, environment) ?? failureOf(host, [module], {});
}

function failureOf(command, args, environment) {
  const options = { encoding: 'utf8', env: { ...process.env, ...environment }, timeout: LOAD_TIMEOUT_MS };
  const { status, signal, error, stderr } = spawnSync(command, args, options);
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim() || `${command} ended with ${signal ?? status}`);
}
