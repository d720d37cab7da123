import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { Models, normalizePath, type Router } from 'typedoc';
import { fromRepository, inRepository } from './repository.ts';
import { PROGRAMS } from './site-map.ts';

/** The page above all source files. */
const SOURCES = 'Source files';

/** Extensions of files that are shown as pages, and the name of their language. */
const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.mjs': 'js',
  '.js': 'js',
  '.cc': 'cpp',
  '.h': 'cpp',
  '.py': 'python',
  '.json': 'json',
};

/** Adds a page for each source file that a guide links to, for each that declares an exported name, and for each program of the site. */
export function addSourcePages(project: Models.ProjectReflection): void {
  const declared = declaredNames(project);
  const linked = [...project.files.getMediaPaths()].filter(
    (path) => LANGUAGES[extname(path)] && statSync(path).isFile(),
  );
  const paths = [...PROGRAMS.map((path) => inRepository(path)), ...linked, ...declared.keys()];
  const parent = new Models.DocumentReflection(SOURCES, project, [{ kind: 'text', text: `# ${SOURCES}\n\n` }], {});
  project.addChild(parent);
  project.registerReflection(parent, undefined, undefined);
  for (const path of [...new Set(paths)].sort()) addSourcePage(parent, path, declared.get(path) ?? []);
  parent.content.push(...(parent.children ?? []).flatMap(listed));
}

function addSourcePage(
  parent: Models.DocumentReflection,
  path: string,
  names: readonly Models.DeclarationReflection[],
): void {
  const name = fromRepository(path);
  const code = readFileSync(path, 'utf8').trimEnd();
  const page = new Models.DocumentReflection(
    name,
    parent,
    [
      { kind: 'text', text: `# ${name}\n\n` },
      ...documentation(names),
      { kind: 'code', text: `\`\`\`\`${LANGUAGES[extname(path)]}\n${code}\n\`\`\`\`` },
    ],
    {},
  );
  parent.addChild(page);
  parent.project.registerReflection(page, undefined, normalizePath(path));
}

/** A line with links to the documentation of the names that a file declares. */
function documentation(names: readonly Models.DeclarationReflection[]): Models.CommentDisplayPart[] {
  if (names.length === 0) return [];
  const links = names.flatMap((target): Models.CommentDisplayPart[] => [link(target), { kind: 'text', text: ', ' }]);
  return [{ kind: 'text', text: 'Documentation: ' }, ...links.slice(0, -1), { kind: 'text', text: '\n\n' }];
}

const listed = (page: Models.DocumentReflection): Models.CommentDisplayPart[] => [
  { kind: 'text', text: '- ' },
  link(page),
  { kind: 'text', text: '\n' },
];

const link = (target: Models.Reflection): Models.CommentDisplayPart => ({
  kind: 'inline-tag',
  tag: '@linkcode',
  text: target.name,
  target,
});

/** The names that each file of the repository declares and an entry exports. */
function declaredNames(project: Models.ProjectReflection): Map<string, Models.DeclarationReflection[]> {
  const names = new Map<string, Models.DeclarationReflection[]>();
  for (const exported of (project.children ?? []).flatMap(({ children = [] }) => children)) {
    const path = exported.sources?.[0]?.fullFileName;
    if (path === undefined || path.includes('node_modules')) continue;
    names.set(path, [...(names.get(path) ?? []), exported]);
  }
  return names;
}

/** Lets the line `Defined in` of an exported name lead to the page of its file. Members have no such line: theirs is in the same file. */
export function linkSources(router: Router, project: Models.ProjectReflection): void {
  const pages = new Map(sourcePages(project).map((page) => [page.name, page]));
  for (const reflection of Object.values(project.reflections)) {
    if (!(reflection.isDeclaration() || reflection.isSignature())) continue;
    const owner = reflection.isSignature() ? reflection.parent : reflection;
    const isExported = owner.parent?.kindOf(Models.ReflectionKind.Module) === true;
    if (!isExported) delete reflection.sources;
    for (const source of reflection.sources ?? []) {
      const page = pages.get(source.fileName);
      if (page) source.url = router.relativeUrl(owner, page);
    }
  }
}

const sourcePages = ({ documents = [] }: Models.ProjectReflection): readonly Models.DocumentReflection[] =>
  documents.find(({ name }) => name === SOURCES)?.children ?? [];
