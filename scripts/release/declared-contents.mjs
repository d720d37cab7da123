// What each published package may contain, and how large it may be.
import { PLATFORM_PACKAGES } from './published-packages.mjs';

const BASICS = [/^package\.json$/, /^README\.md$/, /^LICENSE$/];
const DIST = [/^dist\/[\w/-]+\.js$/, /^dist\/[\w/-]+\.js\.map$/, /^dist\/[\w/-]+\.d\.ts$/];
const LIBRARY = [...BASICS, ...DIST];

/**
 * By package: `files`, patterns that every file of the tarball must match one of, and that must each match a file; and the largest sizes of the tarball and of its
 * files together, in units of 1000 bytes: about 1.5 times what they are.
 */
const CONTENTS = {
  '@st/attacks': { files: LIBRARY, packed: 280, unpacked: 1200 },
  '@st/backend': { files: LIBRARY, packed: 75, unpacked: 290 },
  '@st/backend-native': {
    files: [...LIBRARY, /^native\/[\w/.-]+\.(cc|h|md)$/, /^scripts\/[\w/-]+\.(mjs|json)$/],
    packed: 320,
    unpacked: 1250,
  },
  '@st/backend-wasm': {
    files: [...LIBRARY, /^modules\/st-(relaxed-)?simd\.wasm$/, /^modules\/source-key\.txt$/, /^workers\/[\w-]+\.js$/],
    packed: 780,
    unpacked: 3000,
  },
  '@st/core': { files: LIBRARY, packed: 430, unpacked: 1700 },
  '@st/data': { files: LIBRARY, packed: 180, unpacked: 720 },
  '@st/evaluation': { files: LIBRARY, packed: 170, unpacked: 680 },
  '@st/kernels': { files: LIBRARY, packed: 50, unpacked: 170 },
  '@st/losses': { files: LIBRARY, packed: 75, unpacked: 300 },
  '@st/models': { files: LIBRARY, packed: 240, unpacked: 1000 },
};

const PLATFORM = { files: [...BASICS, /^st_native\.node$/, /^st_native\.hash$/], packed: 1600, unpacked: 3800 };

/** The declaration of a package; an error for one that has none. */
export function declaredContents(name) {
  const declared = PLATFORM_PACKAGES.includes(name) ? PLATFORM : CONTENTS[name];
  if (!declared) throw new Error(`${name} has no contents declared: add it to scripts/release/declared-contents.mjs.`);
  return declared;
}
