import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { exportedNames } from './exported-names.ts';

/** The `@st` packages that each package may import: dependencies point one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  losses: ['core'],
  attacks: ['core', 'losses'],
  evaluation: ['core', 'losses', 'attacks'],
  models: ['core'],
  data: ['core'],
  kernels: [],
  backend: ['core', 'kernels', 'backend-native', 'backend-wasm'],
  'backend-native': ['kernels'],
  'backend-wasm': ['backend-native'],
};

const BELOW_ATTACKS = ['ball', 'gradient', 'step'];

/** The folders ("rooms") of @st/attacks that each of its folders may import. `training` imports searches, never attacks, and the other way round. */
const ROOMS_OF_ATTACKS: Readonly<Record<string, readonly string[]>> = {
  ball: [],
  gradient: ['ball'],
  step: ['ball', 'gradient'],
  search: BELOW_ATTACKS,
  training: [...BELOW_ATTACKS, 'search', 'published-settings'],
  attack: BELOW_ATTACKS,
  'attack/pgd': [...BELOW_ATTACKS, 'attack'],
  'attack/apgd': [...BELOW_ATTACKS, 'attack'],
  'attack/fab': [...BELOW_ATTACKS, 'attack'],
  'attack/square': [...BELOW_ATTACKS, 'attack'],
  'attack/carlini-wagner': [...BELOW_ATTACKS, 'attack'],
  'attack/auto-attack': ['ball', 'attack', 'attack/apgd', 'attack/fab', 'attack/square'],
  'published-settings': ['ball'],
};

/** Largest number of names, values and types, that the main entries of all packages export together. */
const MOST_EXPORTS = 340;

/** The folders of @st/data that each of its folders may import. */
const ROOMS_OF_DATA: Readonly<Record<string, readonly string[]>> = {
  dataset: [],
  files: [],
  augment: ['dataset'],
  'augment/auto-augment': ['dataset', 'augment'],
  views: ['dataset'],
  sets: ['dataset', 'files', 'augment', 'views'],
  'sets/cifar10': ['dataset', 'files', 'augment', 'sets'],
  'self-training': ['dataset', 'files', 'views', 'sets'],
};

const ROOMS = { attacks: ROOMS_OF_ATTACKS, data: ROOMS_OF_DATA } as const;

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = readdirSync(`${root}packages`);

type Source = { readonly file: string; readonly imports: readonly string[] };

/** The files of a folder that are neither tests nor fixtures, by their path in it, and what each imports. */
function sourcesIn(folder: string): Source[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(folder, entry.name) : entry.name))
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file))
    .map((file) => {
      const text = readFileSync(`${root}${folder}/${file}`, 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
      return { file, imports };
    });
}

function filesIn(folder: string, inner: string): string[] {
  const files = readdirSync(`${root}${folder}/${inner}`, { recursive: true, encoding: 'utf8' });
  return files.map((file) => `${inner}/${file}`);
}

function sourcesOf(name: string): Source[] {
  return sourcesIn(`packages/${name}/src`).map(({ file, imports }) => ({ file: `${name}/src/${file}`, imports }));
}

/** The folder of a file; a file beside the index counts as its own room. */
function roomOf(path: string): string {
  const [, room = '', file = ''] = /\/src\/(?:(.*)\/)?([^/]+)\.ts$/.exec(path) ?? [];
  return room || file;
}

/** The files of a folder that each of its files imports, types included; paths in the folder. */
function importGraph(folder: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    sourcesIn(folder).map(({ file, imports }) => [
      file,
      imports.filter((path) => path.startsWith('.')).map((path) => posix.join(posix.dirname(file), path)),
    ]),
  );
}

/** The import circles of a graph: for each file that reaches itself, the shortest path back. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles = [...graph.keys()].flatMap((start) => {
    const ways: string[][] = [[start]];
    const seen = new Set<string>();
    for (const way of ways) {
      for (const next of graph.get(way.at(-1) ?? '') ?? []) {
        if (next === start) return [way.toSorted().join(' <-> ')];
        if (seen.has(next)) continue;
        seen.add(next);
        ways.push([...way, next]);
      }
    }
    return [];
  });
  return [...new Set(circles)];
}

describe('architecture', () => {
  it('lists every package', () => {
    expect(packages.filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  it.each(packages)('lets %s import only the packages below it', (name) => {
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

  it.each(['attacks', 'data'] as const)('lets a room of @st/%s import only rooms below it', (name) => {
    const rooms: Readonly<Record<string, readonly string[]>> = ROOMS[name];
    const files = sourcesOf(name).filter(({ file }) => !['index', 'parts'].includes(roomOf(file)));
    expect(files.map(({ file }) => roomOf(file)).filter((room) => !(room in rooms))).toEqual([]);
    const forbidden = files.flatMap(({ file, imports }) => {
      const room = roomOf(file);
      return imports
        .filter((path) => path.startsWith('.'))
        .map((path) => roomOf(posix.join(posix.dirname(file), path)))
        .filter((target) => target !== room && !rooms[room]?.includes(target))
        .map((target) => `${file} imports ${target}/`);
    });
    expect(forbidden).toEqual([]);
  });

  it.each([...packages.map((name) => `packages/${name}/src`), 'apps'])(
    'finds no import circle in %s, type imports included',
    (folder) => {
      expect(circlesIn(importGraph(folder))).toEqual([]);
    },
  );

  it('finds a circle of two and of three files', () => {
    const graph = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['a.ts', 'c.ts']],
      ['c.ts', ['d.ts']],
      ['d.ts', ['e.ts', 'f.ts']],
      ['e.ts', ['c.ts']],
    ]);
    expect(circlesIn(graph)).toEqual(['a.ts <-> b.ts', 'c.ts <-> d.ts <-> e.ts']);
  });

  it('keeps the main entries of all packages small', () => {
    const counts = packages.map((name) => {
      const { values, types } = exportedNames(new URL(`../../packages/${name}/src/index.ts`, import.meta.url));
      return values.length + types.length;
    });
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(MOST_EXPORTS);
  });
});
