import { instance } from '@viz-js/viz';
import {
  Application,
  type Context,
  Converter,
  IndexEvent,
  MarkdownEvent,
  type Models,
  RendererEvent,
  type Router,
  TSConfigReader,
  TypeDocReader,
} from 'typedoc';
import { addReadmes } from './add-readmes.ts';
import { CATEGORY_ORDER } from './categories.ts';
import { categorize } from './categorize.ts';
import { describeOptions } from './describe-options.ts';
import { drawFlowcharts } from './flowchart.ts';
import { leaveOutReadonly } from './leave-out-readonly.ts';
import { linkNames } from './link-names.ts';
import { nameEntries } from './name-entries.ts';
import { nameGuides } from './name-guides.ts';
import { inRepository } from './repository.ts';
import { tuneSearch } from './search-index.ts';
import { GUIDES, HOME } from './site-map.ts';
import { SiteTheme } from './site-theme.ts';
import { addSourcePages, linkSources } from './source-pages.ts';

/** The site as TypeDoc knows it, after it has been written. */
export type Site = {
  readonly project: Models.ProjectReflection;
  /** Knows the address of each page. */
  readonly router: Router;
  /** Where the site has been written. */
  readonly folder: string;
};

/** Before TypeDoc's own resolving, which sorts names into categories and gives documents their addresses. */
const FIRST = 1000;

/**
 * Writes the site with TypeDoc: the guides, the README of each package above its names, the source files that pages mention.
 * @returns The site; undefined if TypeDoc has warnings, which it has printed.
 */
export async function buildSite(folder: string): Promise<Site | undefined> {
  const app = await bootstrap();
  let router: Router | undefined; // TypeDoc has one only while it writes
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    router = app.renderer.router;
    if (router) linkSources(router, project);
  });
  const project = await app.convert();
  if (project === undefined || faults(app) > 0) return undefined;
  app.validate(project);
  await app.generateDocs(project, folder);
  return router === undefined || faults(app) > 0 ? undefined : { project, router, folder };
}

/** TypeDoc with our additions to its converter and its renderer. */
async function bootstrap(): Promise<Application> {
  const viz = await instance();
  const options = {
    options: inRepository('typedoc.json'),
    readme: inRepository(HOME),
    projectDocuments: GUIDES.map((guide) => inRepository(guide)),
    categoryOrder: [...CATEGORY_ORDER],
    theme: 'site',
  };
  const app = await Application.bootstrap(options, [new TypeDocReader(), new TSConfigReader()]);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => prepare(app, context), FIRST);
  app.renderer.defineTheme('site', SiteTheme);
  app.renderer.on(IndexEvent.PREPARE_INDEX, tuneSearch);
  app.renderer.on(MarkdownEvent.PARSE, (event) => (event.parsedText = drawFlowcharts(viz, event.parsedText)), FIRST);
  return app;
}

function prepare(app: Application, { project }: Context): void {
  nameGuides(project);
  nameEntries(project);
  leaveOutReadonly(project);
  addReadmes(app, project);
  addSourcePages(project);
  describeOptions(project);
  categorize(project);
  linkNames(project);
}

const faults = ({ logger }: Application): number => logger.errorCount + logger.warningCount;
