import { basename } from 'node:path';
import { DefaultTheme, type Models } from 'typedoc';
import { pageOf } from './repository.ts';
import { HOME, SECTIONS, START } from './site-map.ts';

type Navigation = ReturnType<DefaultTheme['buildNavigation']>;

/** TypeDoc's theme with the navigation of `SECTIONS`: guides and packages by what a reader looks for. */
export class SiteTheme extends DefaultTheme {
  override buildNavigation(project: Models.ProjectReflection): Navigation {
    const pages = super.buildNavigation(project);
    return SECTIONS.flatMap((section) => {
      const children = section.entries.flatMap((entry) => this.#below(entry, project, pages));
      return section === START ? children : [{ text: section.title, children }];
    });
  }

  /** The elements of one entry of a section, which is a guide, a program or a folder of a package. */
  #below(entry: string, project: Models.ProjectReflection, pages: Navigation): Navigation {
    if (entry === HOME) return [];
    const page = pageOf(entry, project);
    if (!page.isDocument()) return pages.filter(({ text }) => text === page.name || text.startsWith(`${page.name}/`));
    const text = entry.endsWith('.md') ? page.name : basename(entry);
    return [{ text, path: this.router.getFullUrl(page), kind: page.kind }];
  }
}
