import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const isMusl =
  process.platform === 'linux' && !JSON.stringify(process.report.getReport()).includes('glibcVersionRuntime');
const platform = `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;

/** The installation of a package as it arrives from the registry: sources, nothing built. */
describe('the install script', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'st-install-'));
    for (const part of ['package.json', 'binding.gyp', 'scripts', 'native']) {
      cpSync(join(root, part), join(folder, part), { recursive: true, filter: (path) => !path.includes('/test') });
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function install(env: Record<string, string>) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/install.mjs')], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '/nowhere', HOME: folder, ...env },
    });
    return { status, lines: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
  }

  it('succeeds with one line where there is no compiler', () => {
    expect(install({})).toEqual({
      status: 0,
      lines: [
        '[@st/backend-native] not built: no C++ compiler and make in PATH. Other TensorFlow.js back ends work as before.',
      ],
    });
  });

  it('succeeds with one line where neither its folder nor the cache can be written', () => {
    writeFileSync(join(folder, 'build'), 'a file in the place of the folder');
    const { status, lines } = install({ ST_NATIVE_CACHE: join(folder, 'build/cache') });
    expect(status).toBe(0);
    expect(lines).toEqual([expect.stringContaining('not built: neither the package’s folder nor'.replace('’', "'"))]);
  });

  it('goes to the cache where its own folder cannot be written', () => {
    writeFileSync(join(folder, 'build'), '');
    const cache = join(folder, 'cache');
    const { lines } = install({ ST_NATIVE_CACHE: cache });
    expect(lines).toEqual([expect.stringContaining('no C++ compiler')]);
    expect(readdirSync(join(cache, 'st-backend-native'))).toHaveLength(1);
  });

  it('succeeds with one line where the compiler fails', () => {
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    for (const tool of ['c++', 'make', 'node-gyp']) {
      writeFileSync(join(tools, tool), '#!/bin/sh\necho "error: a compiler of stone"\nexit 1\n', { mode: 0o755 });
    }
    const { status, lines } = install({ PATH: `${tools}:/bin:/usr/bin`, npm_config_node_gyp: join(folder, 'gyp.cjs') });
    expect(status).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\[@st\/backend-native\] not built: .*\(log: .*st_native\.log\)\. Other TensorFlow\.js back ends work/,
    );
  });

  it('takes a module that was built before from the same sources', async () => {
    const { sourceHash } = (await import(join(folder, 'scripts/source-hash.mjs'))) as { sourceHash(): string };
    const modules = join(folder, 'cache/st-backend-native/modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, `${sourceHash()}-${platform}.node`), 'built before');
    const { status, lines } = install({ ST_NATIVE_CACHE: join(folder, 'cache') });
    expect(status).toBe(0);
    expect(lines).toEqual([expect.stringContaining('built before from the same sources')]);
    expect(readFileSync(join(folder, 'build/Release/st_native.node'), 'utf8')).toBe('built before');
    expect(install({}).lines).toEqual([]);
  });

  it('leaves a prebuilt module and a wish to skip alone', () => {
    expect(install({ ST_NATIVE_SKIP_BUILD: '1' }).lines).toEqual([
      '[@st/backend-native] not built: ST_NATIVE_SKIP_BUILD is 1.',
    ]);
    const prebuilds = join(folder, 'prebuilds', platform);
    mkdirSync(prebuilds, { recursive: true });
    writeFileSync(join(prebuilds, 'st_native.node'), '');
    expect(install({})).toEqual({ status: 0, lines: [] });
  });
});
