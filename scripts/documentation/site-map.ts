import { readdirSync } from 'node:fs';
import { inRepository } from './repository.ts';

/** A part of the navigation. */
export type Section = {
  readonly title: string;
  /** Files of the repository: guides (`.md`), programs (`.ts`), or folders of packages. */
  readonly entries: readonly string[];
};

const EXAMPLES = readdirSync(inRepository('examples'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `examples/${name}`);

/** The page that opens first. */
export const HOME = 'README.md';

/** What the navigation lists without a heading, right below the name of the project, which leads home. */
export const START: Section = { title: 'Start', entries: [HOME, 'docs/get-started.md', 'docs/papers.md'] };

/** Everything that the site shows, grouped as a reader looks for it. */
export const SECTIONS: readonly Section[] = [
  START,
  { title: 'Examples', entries: EXAMPLES },
  {
    title: 'Guides',
    entries: [
      'docs/how-to-evaluate-honestly.md',
      'docs/gradients.md',
      'docs/results.md',
      'docs/architecture.md',
      'conformance/README.md',
      'benchmarks/README.md',
      'packages/backend-native/native/README.md',
    ],
  },
  { title: 'Losses', entries: ['packages/losses'] },
  { title: 'Attacks and trainings', entries: ['packages/attacks'] },
  { title: 'Models', entries: ['packages/models'] },
  { title: 'Data', entries: ['packages/data'] },
  { title: 'Training loop', entries: ['packages/core'] },
  { title: 'Evaluation', entries: ['packages/evaluation'] },
  {
    title: 'Back ends',
    entries: ['packages/backend', 'packages/backend-native', 'packages/backend-wasm', 'packages/kernels'],
  },
  { title: 'Project', entries: ['CONTRIBUTING.md', 'CHANGELOG.md'] },
];

const ENTRIES: readonly string[] = SECTIONS.flatMap(({ entries }) => entries);

/** The guides but the home page. */
export const GUIDES: readonly string[] = ENTRIES.filter((entry) => entry.endsWith('.md') && entry !== HOME);

/** The folders of the packages. */
export const PACKAGES: readonly string[] = ENTRIES.filter(
  (entry) => entry.startsWith('packages/') && !entry.includes('.'),
);

/** The programs that are pages. */
export const PROGRAMS: readonly string[] = EXAMPLES;

/** The packages and guides of `docs/` that no section lists. */
export function unlisted(): string[] {
  const packages = readdirSync(inRepository('packages')).map((name) => `packages/${name}`);
  const guides = readdirSync(inRepository('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return [...packages, ...guides].filter((file) => !ENTRIES.includes(file));
}
