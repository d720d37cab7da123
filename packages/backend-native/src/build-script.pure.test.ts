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
describe('the build script', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'st-build-'));
    for (const part of ['package.json', 'scripts', 'native']) {
      cpSync(join(root, part), join(folder, part), { recursive: true, filter: (path) => !path.includes('/test') });
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function build(env: Record<string, string>) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/build.mjs')], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '/nowhere', HOME: folder, ...env },
    });
    return { status, lines: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
  }

  const none = expect.stringMatching(
    /^\[@st\/backend-native\] not built: .*, and there is no C\+\+ compiler in PATH\. Other TensorFlow\.js back ends work as before\.$/,
  );

  it('ends with code 1 and one line if npm is not there and no compiler is', () => {
    expect(build({})).toEqual({ status: 1, lines: [none] });
  });

  it('says so if neither its folder nor the cache is writable', () => {
    writeFileSync(join(folder, 'build'), 'a file in the place of the folder');
    expect(build({ ST_NATIVE_CACHE: join(folder, 'build/cache') })).toEqual({
      status: 1,
      lines: [expect.stringContaining("not built: neither the package's folder nor")],
    });
  });

  it('builds in the cache if its own folder is not writable', () => {
    writeFileSync(join(folder, 'build'), '');
    const cache = join(folder, 'cache');
    expect(build({ ST_NATIVE_CACHE: cache }).lines).toEqual([none]);
    expect(readdirSync(join(cache, 'st-backend-native'))).toContainEqual(
      expect.stringMatching(`^[0-9.]+-${platform}$`),
    );
  });

  it('names the compiler that CXX asks for and that does not exist', () => {
    expect(build({ CXX: '/no/such/compiler' }).lines).toEqual([
      expect.stringContaining('not built: CXX names /no/such/compiler, which does not exist.'),
    ]);
  });

  it.skipIf(process.platform === 'win32')('prints the first error of the compiler, and leaves no module', () => {
    const compiler = join(folder, 'c++');
    writeFileSync(compiler, '#!/bin/sh\necho "a.cc:1: error: no such luck" >&2\nexit 1\n', { mode: 0o755 });
    const { status, lines } = build({ CXX: compiler, PATH: '/bin:/usr/bin' });
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining('not built: a.cc:1: error: no such luck.')]);
    expect(readdirSync(join(folder, 'build'))).toEqual([]);
  });

  it.skipIf(platform !== 'linux-x64')(
    "does not keep what another compiler built for Zig's module, and tries again",
    () => {
      const tools = join(folder, 'tools');
      mkdirSync(tools);
      const compiler = join(tools, 'c++');
      // the file after -o
      writeFileSync(compiler, '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho built > "$2"\n', { mode: 0o755 });
      const cache = join(folder, 'cache');
      const substitute = { ST_NATIVE_CACHE: cache, PATH: `${tools}:/nowhere` };
      for (const attempt of [1, 2]) {
        const { status, lines } = build(substitute);
        expect([attempt, status]).toEqual([attempt, 0]);
        expect(lines).toEqual([
          expect.stringContaining(`${compiler} is taken instead.`),
          expect.stringContaining('built for'),
        ]);
      }
      expect(existsSync(join(cache, 'st-backend-native/modules-by-digest'))).toBe(false);
    },
  );

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
  const cached = (env: Record<string, string> = {}) => build({ ST_NATIVE_CACHE: join(folder, 'cache'), ...env });
  const built = () => join(folder, 'build/st_native.node');

  it('uses a cached module of the same sources', async () => {
    const path = await stored('built before');
    const { status, lines } = cached();
    expect(status).toBe(0);
    expect(lines).toEqual([`[@st/backend-native] taken from ${path}, built before from the same sources.`]);
    expect(readFileSync(built(), 'utf8')).toBe('built before');
    expect(build({}).lines).toEqual([]);
  });

  it('rejects a truncated module, and removes it', async () => {
    const path = await stored('built', 'built before');
    expect(cached().lines).toEqual([`[@st/backend-native] not taken from the cache: ${path} is damaged.`, none]);
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
    expect(cached({ CXXFLAGS: '-march=native' }).lines).toEqual([none]);
    // Zig brings no sanitizers: it is not even asked for.
    expect(cached({ ST_NATIVE_SANITIZE: 'address' }).lines).toEqual([
      '[@st/backend-native] not built: there is no C++ compiler in PATH. Other TensorFlow.js back ends work as before.',
    ]);
  });

  it('does not touch the files of earlier versions', () => {
    const modules = join(folder, 'cache/st-backend-native/modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, `3dc83353f0788b12-${platform}.node`), 'of old');
    expect(cached().lines).toEqual([none]);
  });

  it('replaces its own module if it is damaged', async () => {
    await stored('built before');
    cached();
    writeFileSync(built(), 'built bef');
    expect(cached().lines).toEqual([expect.stringContaining('taken from')]);
    expect(readFileSync(built(), 'utf8')).toBe('built before');
  });

  it('reports that a relative ST_NATIVE_CACHE is ignored', () => {
    expect(build({ ST_NATIVE_CACHE: 'here' }).lines[0]).toBe(
      "[@st/backend-native] ST_NATIVE_CACHE is left out: 'here' is no absolute path.",
    );
    expect(existsSync(join(folder, 'here'))).toBe(false);
  });
});
