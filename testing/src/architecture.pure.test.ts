import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Which packages of ours each package may import: dependencies point one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  losses: ['core'],
  attacks: ['core', 'losses'],
  evaluation: ['core', 'losses', 'attacks'],
  models: ['core'],
  data: ['core'],
  kernels: [],
  backend: ['core', 'kernels', 'backend-native'],
  'backend-native': ['kernels'],
};

const packagesFolder = fileURLToPath(new URL('../../packages/', import.meta.url));
const packages = readdirSync(packagesFolder);

function sourcesOf(name: string): { readonly file: string; readonly imports: readonly string[] }[] {
  return readdirSync(`${packagesFolder}${name}/src`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file)) // what ships
    .map((file) => {
      const text = readFileSync(`${packagesFolder}${name}/src/${file}`, 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
      return { file: `${name}/src/${file}`, imports };
    });
}

describe('architecture', () => {
  it('knows every package', () => {
    expect(packages.filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  it.each(packages)('lets %s import only what it may', (name) => {
    const allowed = MAY_IMPORT[name] ?? [];
    const forbidden = sourcesOf(name).flatMap(({ file, imports }) =>
      imports
        .map((path) => /^@st\/([a-z-]+)/.exec(path)?.[1])
        .filter((target) => target !== undefined && target !== name && !allowed.includes(target))
        .map((target) => `${file} imports @st/${target}`),
    );
    expect(forbidden).toEqual([]);
  });

  it.each(packages.filter((name) => !name.startsWith('backend')))('lets %s import no tfjs back end', (name) => {
    const forbidden = sourcesOf(name).flatMap(({ file, imports }) =>
      imports.filter((path) => /tfjs-(backend|node)/.test(path)).map((path) => `${file} imports ${path}`),
    );
    expect(forbidden).toEqual([]);
  });

  it.each(packages)('lets no file of %s import the union package or another copy of tfjs', (name) => {
    const forbidden = sourcesOf(name).flatMap(({ file, imports }) =>
      imports.filter((path) => path === '@tensorflow/tfjs').map((path) => `${file} imports ${path}`),
    );
    expect(forbidden).toEqual([]);
  });
});
