// Whether the C++ tests can run under the sanitizers on this machine.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = '#include <vector>\nint main(int count, char**) { return std::vector<int>(count)[0]; }\n';

/** The missing part as text, or undefined if a sanitized program builds and runs. */
export function missingSanitizers(compiler = process.env.CXX ?? 'g++') {
  if (process.platform === 'win32') return 'the Makefile of the C++ tests is for Linux and macOS';
  if (spawnSync('make', ['--version']).status !== 0) return 'no make';
  const folder = mkdtempSync(join(tmpdir(), 'st-sanitizer-probe-'));
  try {
    writeFileSync(join(folder, 'probe.cc'), PROGRAM);
    for (const sanitizer of ['address,undefined', 'thread']) {
      const probe = join(folder, 'probe');
      const built = spawnSync(compiler, [`-fsanitize=${sanitizer}`, join(folder, 'probe.cc'), '-o', probe]);
      if (built.error) return `no C++ compiler (${compiler})`;
      if (built.status !== 0) return `${compiler} has no library for -fsanitize=${sanitizer}`;
      // ThreadSanitizer starts nothing if address space randomization is larger than it expects.
      if (spawnSync(probe).status !== 0)
        return `programs built with -fsanitize=${sanitizer} do not run on this machine`;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
