// Which platform a built module is for, and what it asks of the system that loads it.
import { readFileSync } from 'node:fs';
import { PLATFORMS } from '../compile/platforms.mjs';
import { Bytes } from './bytes.mjs';
import { inspectElf } from './elf.mjs';
import { inspectMachO } from './mach-o.mjs';
import { machineOf } from './machine.mjs';
import { inspectPe } from './pe.mjs';

const INSPECT = { linux: inspectElf, darwin: inspectMachO, win32: inspectPe };

export function inspectModule(path) {
  const buffer = readFileSync(path);
  const machine = machineOf(buffer);
  if (machine === undefined) throw new Error(`${path} is no library of Linux, macOS or Windows`);
  return { ...machine, ...INSPECT[machine.os](new Bytes(buffer)) };
}

/** Libraries that every such system has. */
const SYSTEM_LIBRARIES = {
  linux: /^(libc|libm|libdl|libpthread|librt|ld-linux-.*)\.so(\.\d+)?$/,
  darwin: /^\/usr\/lib\/libSystem\.B\.dylib$/,
  win32: /^(NODE\.EXE|(KERNEL32|ntdll|ADVAPI32|api-ms-win-crt-[a-z-]+)(-l1-1-0)?\.dll)$/i,
};
const NODE_API = /^(napi|node_api)_/;
/** Symbols that a linker adds. */
const OF_THE_LINKER = /^(_mh_dylib_header|__dso_handle)$/;
const REGISTER = 'napi_register_module_v1';
const OLDEST_GLIBC = [2, 17];
const OLDEST_MACOS = '11.0';

/** What is wrong with the module of a platform, as lines; empty if nothing is. */
export function faultsOf(path, platform) {
  const { os, cpu, libc } = PLATFORMS[platform];
  const module = inspectModule(path);
  const faults = [];
  const check = (isTrue, fault) => isTrue || faults.push(fault);
  check(module.os === os && module.cpu === cpu, `is for ${module.os}-${module.cpu}`);
  check(module.exports.includes(REGISTER), `does not export ${REGISTER}`);
  const others = module.exports.filter((name) => !NODE_API.test(name) && !OF_THE_LINKER.test(name));
  check(others.length === 0, `exports ${others.slice(0, 3).join(', ')}, which could be taken for another library's`);
  check(
    module.imports.some((name) => NODE_API.test(name)),
    'uses no function of Node-API',
  );
  const mangled = module.imports.filter((name) => /^_*Z/.test(name));
  check(mangled.length === 0, `needs the C++ library of the system: ${mangled.slice(0, 3).join(', ')}`);
  const unknown = module.libraries.filter((name) => !SYSTEM_LIBRARIES[os].test(name));
  check(unknown.length === 0, `needs ${unknown.join(', ')}`);
  if (libc === 'glibc') {
    const newer = module.versions.filter(isNewerGlibc);
    check(newer.length === 0, `needs ${newer.join(', ')}, newer than GLIBC_${OLDEST_GLIBC.join('.')}`);
  }
  if (libc === 'musl') check(module.versions.length === 0, `needs ${module.versions?.join(', ')}: it is for glibc`);
  if (os === 'darwin') {
    check(module.minimumSystem === OLDEST_MACOS, `needs macOS ${module.minimumSystem}, not ${OLDEST_MACOS}`);
    check(cpu !== 'arm64' || module.isSigned, 'has no code signature, without which macOS on arm64 loads nothing');
  }
  return faults;
}

function isNewerGlibc(version) {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > OLDEST_GLIBC[0] || (Number(major) === OLDEST_GLIBC[0] && Number(minor) > OLDEST_GLIBC[1]);
}
