// What a built module depends on: its sources, the compiler, the platform and C library, and the compiler's environment variables.
import { createHash } from 'node:crypto';
import { sourceHash } from './compile/sources.mjs';
import { glibcVersion, platform } from './module-file.mjs';

/** Variables that compilers read; each can change the generated code. */
const READ_BY_COMPILERS = [
  ...['CXX', 'CXXFLAGS', 'LDFLAGS', 'CPATH', 'CPLUS_INCLUDE_PATH', 'SDKROOT', 'MACOSX_DEPLOYMENT_TARGET'],
  'ST_NATIVE_SANITIZE',
];

/** `SOURCES-BUILD-linux-x64`: equal if the same module would be built. */
export function buildKey(environment = process.env) {
  const build = [glibcVersion() ?? '', ...READ_BY_COMPILERS.map((name) => environment[name] ?? '')];
  const hash = createHash('sha256').update(JSON.stringify(build)).digest('hex').slice(0, 8);
  return `${sourceHash()}-${hash}-${platform()}`;
}
