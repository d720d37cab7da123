import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const isMusl =
  process.platform === 'linux' && !JSON.stringify(process.report.getReport()).includes('glibcVersionRuntime');
const platform = `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;

/** The package as installed from the registry: sources, nothing built. */
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

  it('succeeds and prints one line without a compiler', () => {
    expect(install({})).toEqual({
      status: 0,
      lines: [
        '[@st/backend-native] not built: no C++ compiler and make in PATH. Other TensorFlow.js back ends work as before.',
      ],
    });
  });

  it('succeeds and prints one line if neither its folder nor the cache is writable', () => {
    writeFileSync(join(folder, 'build'), 'a file in the place of the folder');
    const { status, lines } = install({ ST_NATIVE_CACHE: join(folder, 'build/cache') });
    expect(status).toBe(0);
    expect(lines).toEqual([expect.stringContaining('not built: neither the package’s folder nor'.replace('’', "'"))]);
  });

  it('builds in the cache if its own folder is not writable', () => {
    writeFileSync(join(folder, 'build'), '');
    const cache = join(folder, 'cache');
    const { lines } = install({ ST_NATIVE_CACHE: cache });
    expect(lines).toEqual([expect.stringContaining('no C++ compiler')]);
    expect(readdirSync(join(cache, 'st-backend-native'))).toHaveLength(1);
  });

  it('succeeds and prints one line if the compiler fails', () => {
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

  /** Stores a file in the cache under the name of a module built from these sources. */
  async function stored(content: string, digestOfContent = content): Promise<string> {
    const { buildKey } = (await import(join(folder, 'scripts/build-key.mjs'))) as {
      buildKey(environment: Record<string, string>): string;
    };
    const modules = join(folder, 'cache/st-backend-native/modules-by-digest');
    mkdirSync(modules, { recursive: true, mode: 0o700 });
    const digest = createHash('sha256').update(digestOfContent).digest('hex');
    const path = join(modules, `${buildKey({})}-${digest}.node`);
    writeFileSync(path, content, { mode: 0o755 });
    return path;
  }
  const cached = (env: Record<string, string> = {}) => install({ ST_NATIVE_CACHE: join(folder, 'cache'), ...env });
  const built = () => join(folder, 'build/Release/st_native.node');

  it('uses a cached module of the same sources', async () => {
    const path = await stored('built before');
    const { status, lines } = cached();
    expect(status).toBe(0);
    expect(lines).toEqual([`[@st/backend-native] taken from ${path}, built before from the same sources.`]);
    expect(readFileSync(built(), 'utf8')).toBe('built before');
    expect(install({}).lines).toEqual([]);
  });

  it('rejects a truncated module, and removes it', async () => {
    const path = await stored('built', 'built before');
    expect(cached().lines).toEqual([
      `[@st/backend-native] not taken from the cache: ${path} is damaged.`,
      expect.stringContaining('no C++ compiler'),
    ]);
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')(
    'rejects a module that other users can write, and any in a folder that they can write',
    async () => {
      const path = await stored('planted');
      chmodSync(path, 0o666);
      expect(cached().lines[0]).toBe(
        `[@st/backend-native] not taken from the cache: ${path} can be written by other users.`,
      );
      expect(existsSync(path)).toBe(false);
      await stored('planted');
      chmodSync(join(path, '..'), 0o777);
      expect(cached().lines[0]).toContain('modules-by-digest can be written by other users.');
      expect(existsSync(built())).toBe(false);
    },
  );

  it('rejects a module of another compiler flag or sanitizer', async () => {
    await stored('built before');
    for (const env of [{ CXXFLAGS: '-march=native' }, { ST_NATIVE_SANITIZE: 'address' }]) {
      expect(cached(env).lines).toEqual([expect.stringContaining('no C++ compiler')]);
    }
  });

  it('does not touch the files of earlier versions', () => {
    const modules = join(folder, 'cache/st-backend-native/modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, `3dc83353f0788b12-${platform}.node`), 'of old');
    expect(cached().lines).toEqual([expect.stringContaining('no C++ compiler')]);
  });

  it('replaces its own module if it is damaged', async () => {
    await stored('built before');
    cached();
    writeFileSync(built(), 'built bef');
    expect(cached().lines).toEqual([expect.stringContaining('taken from')]);
    expect(readFileSync(built(), 'utf8')).toBe('built before');
  });

  it('reports that a relative ST_NATIVE_CACHE is ignored', () => {
    expect(install({ ST_NATIVE_CACHE: 'here' }).lines[0]).toBe(
      "[@st/backend-native] ST_NATIVE_CACHE is left out: 'here' is no absolute path.",
    );
    expect(existsSync(join(folder, 'here'))).toBe(false);
  });

  it('builds nothing with ST_NATIVE_SKIP_BUILD or a prebuilt module', () => {
    expect(install({ ST_NATIVE_SKIP_BUILD: '1' }).lines).toEqual([
      '[@st/backend-native] not built: ST_NATIVE_SKIP_BUILD is 1.',
    ]);
    const prebuilds = join(folder, 'prebuilds', platform);
    mkdirSync(prebuilds, { recursive: true });
    writeFileSync(join(prebuilds, 'st_native.node'), '');
    expect(install({})).toEqual({ status: 0, lines: [] });
  });
});
