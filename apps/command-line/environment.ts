import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { version_core } from '@tensorflow/tfjs-core';
import { version_layers } from '@tensorflow/tfjs-layers';

import type { Environment } from '../train/report/report-data.ts';

const PACKAGES = ['core', 'losses', 'attacks', 'models', 'data', 'backend'] as const;

/** The properties of this machine that affect the results; no paths. */
export function describeEnvironment(backend: string): Environment {
  const ours = PACKAGES.map((name) => [`@st/${name}`, versionOf(`@st/${name}`)] as const);
  return {
    backend,
    node: process.version,
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    versions: {
      '@tensorflow/tfjs-core': version_core,
      '@tensorflow/tfjs-layers': version_layers,
      ...Object.fromEntries(ours),
    },
  };
}

function versionOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
