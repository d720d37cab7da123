import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { brokenLinks } from './check-links.ts';

const folder = mkdtempSync(join(tmpdir(), 'st-links-'));
afterEach(() => rmSync(folder, { recursive: true }));

function site(pages: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

it('follows links to pages, anchors, images and folders, and leaves other sites alone', () => {
  const pages = {
    'index.html':
      '<h1 id="top"></h1><a href="a/b.html#here">b</a><a href="#top"></a><img src="media/x.png"><a href="https://x.org/y">x</a>',
    'a/b.html': '<h2 id="here"></h2><a href="../">home</a><a href="../#top">top</a><link href="../style.css?cache=1">',
    'a/b.html.md': '[home](../index.html.md#top) `[no](link)`\n```ts\nx[0](y)\n```\n',
    'index.html.md': '# Home',
    'llms.txt': '[a release](#how-to-release-it)\n\n## How to release `it`\n',
    'media/x.png': '',
    'style.css': '',
  };
  expect(brokenLinks(site(pages))).toEqual([]);
});

it.each([
  ['is not a file of the site', 'index.html', '<a href="b.html">'],
  ['is not a file of the site', 'index.html', '<img src="media/gone.png">'],
  ['is not a file of the site', 'index.html', '<a href="media">'],
  ['is not a file of the site', 'llms.txt', '[b](b.html.md): all about b'],
  ['has no such anchor', 'index.html', '<a href="#nowhere">'],
  ['has no such anchor', 'llms.txt', '[a release](#release)\n\n```\n## Release\n```\n'],
  ['has no such anchor', 'index.html', '<a href="media/x.png#there">'],
  ['leaves the site', 'index.html', '<a href="../index.html">'],
  ['is a file that should be a page', 'index.html', '<a href="media/guide.md">'],
])('finds a link that %s (%s: %s)', (fault, name, text) => {
  const broken = brokenLinks(site({ 'media/guide.md': '', 'media/x.png': '', [name]: text }));
  expect(broken).toHaveLength(1);
  expect(broken[0]).toContain(fault);
});
