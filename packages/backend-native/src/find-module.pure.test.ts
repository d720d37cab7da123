import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { platform, writeStamp } from '../scripts/module-file.mjs';
import { findModule } from './find-module.ts';

const PACKAGE = `@st/backend-native-${platform()}`;

describe('findModule', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'st-find-'));
    writeFileSync(join(root, 'package.json'), JSON.stringify({ version: '0.0.0-test' }));
    vi.stubEnv('ST_NATIVE_ADDON', '');
    vi.stubEnv('ST_NATIVE_CACHE', join(root, 'cache'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true });
  });

  /** Writes a module with its stamp, as building leaves it. */
  function built(path: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `module of ${path}`);
    writeStamp(path, 'key');
    return path;
  }
  const local = () => join(root, 'build', 'st_native.node');
  const ofPlatform = () => join(root, 'node_modules', PACKAGE, 'st_native.node');
  function installPlatform(): string {
    built(ofPlatform());
    writeFileSync(
      join(dirname(ofPlatform()), 'package.json'),
      JSON.stringify({ name: PACKAGE, version: '0.0.0-test' }),
    );
    return ofPlatform();
  }

  it('takes the next one if one does not load, is a folder, or is for another machine', () => {
    const installed = installPlatform();
    const whyNot = (path: string) => (path === local() ? `${path} does not load.` : undefined);
    built(local());
    expect(findModule(root, whyNot)).toEqual({ path: installed });
    expect(findModule(root, (path) => `${path} does not load.`)).toEqual({
      reason: expect.stringContaining(`${local()} does not load; ${installed} does not load. Run`),
    });
    rmSync(local());
    mkdirSync(local());
    expect(findModule(root)).toEqual({ path: installed });
    rmSync(local(), { recursive: true });
    const machO = Buffer.alloc(64);
    machO.writeUInt32LE(0xfeedfacf);
    machO.writeUInt32LE(16_777_228, 4);
    writeFileSync(local(), machO);
    writeStamp(local(), 'key');
    vi.stubEnv('ST_NATIVE_ADDON', local());
    if (platform() !== 'darwin-arm64') {
      expect(findModule(root)).toEqual({ reason: `${local()} is for darwin-arm64, and this is ${platform()}` });
    }
  });

  it("takes ST_NATIVE_ADDON, then the local build, then that in the cache, then the platform's package", () => {
    const installed = installPlatform();
    expect(findModule(root)).toEqual({ path: installed });
    const cached = built(join(root, 'cache/st-backend-native', `0.0.0-test-${platform()}`, 'build/st_native.node'));
    expect(findModule(root)).toEqual({ path: cached });
    built(local());
    expect(findModule(root)).toEqual({ path: local() });
    const named = built(join(root, 'named.node'));
    vi.stubEnv('ST_NATIVE_ADDON', named);
    expect(findModule(root)).toEqual({ path: named });
  });

  it("skips a damaged local build for the platform's package", () => {
    const installed = installPlatform();
    built(local());
    writeFileSync(local(), 'module');
    expect(findModule(root)).toEqual({ path: installed });
  });

  it("says why a damaged module in the platform's package cannot be used, and how to get another", () => {
    installPlatform();
    writeFileSync(ofPlatform(), 'module');
    expect(findModule(root)).toEqual({
      reason: `no native module can be used: ${ofPlatform()} is damaged. Run \`npx st-build-native\` to build one, or use another back end.`,
    });
  });

  it("names the platform's package if there is no module", () => {
    expect(findModule(root)).toEqual({
      reason: `no native module for ${platform()}: neither ${PACKAGE} is installed nor was one built here. Run \`npx st-build-native\` to build one, or use another back end.`,
    });
  });
});
