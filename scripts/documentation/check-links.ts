import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';

/** What a page links to, and the anchors that it has. */
type Page = { readonly links: readonly string[]; readonly anchors: ReadonlySet<string> };

/**
 * Follows every relative link of the built pages, in HTML and in Markdown, to its file and its anchor.
 * @returns One line for each link that leads nowhere.
 */
export function brokenLinks(folder: string): string[] {
  const pages = new Map(pagesIn(folder).map((file) => [file, read(file)]));
  return [...pages].flatMap(([file, { links }]) =>
    links.flatMap((link) => {
      const fault = faultOf(link, file, folder, pages);
      return fault === undefined ? [] : [`${relative(folder, file)}: ${link} ${fault}`];
    }),
  );
}

const pagesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ['.html', '.md', '.txt', '.svg'].includes(extname(name)) && !name.startsWith('media/'))
    .map((name) => join(folder, name));

function read(file: string): Page {
  const text = readFileSync(file, 'utf8');
  if (['.md', '.txt'].includes(extname(file))) {
    const prose = withoutPrograms(text);
    return { links: linksOfMarkdown(prose), anchors: new Set(headingsOf(prose)) };
  }
  const attributes = (name: string): string[] =>
    [...text.matchAll(new RegExp(`<[^>]*\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => decodeEntities(value));
  return { links: [...attributes('href'), ...attributes('src')], anchors: new Set(attributes('id')) };
}

const withoutPrograms = (text: string): string => text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '');

const linksOfMarkdown = (prose: string): string[] =>
  [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);

/** The anchors that readers of Markdown give to headings. */
const headingsOf = (prose: string): string[] =>
  [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );

const decodeEntities = (text: string): string =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');

/** Why a link leads nowhere; undefined if it leads somewhere, or out of the site. */
function faultOf(link: string, file: string, folder: string, pages: ReadonlyMap<string, Page>): string | undefined {
  if (/^(https?:|mailto:|data:)/.test(link)) return undefined;
  const [path = '', anchor = ''] = link
    .replace(/\?[^#]*/, '')
    .split('#')
    .map(decodeURIComponent);
  const named = path === '' ? file : resolve(dirname(file), path);
  const target = path.endsWith('/') ? join(named, 'index.html') : named;
  if (relative(folder, target).startsWith('..')) return 'leaves the site';
  if (!existsSync(target) || !statSync(target).isFile()) return 'is not a file of the site';
  if (/\.(md|ts|mjs|cc|h)$/.test(target) && target.startsWith(join(folder, 'media')))
    return 'is a file that should be a page';
  if (anchor === '') return undefined;
  const page = pages.get(target.replace(/\.html\.md$/, '.html'));
  return page?.anchors.has(anchor) ? undefined : 'has no such anchor';
}
