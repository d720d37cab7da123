import type { Viz } from '@viz-js/viz';

/** One line of a flowchart in Mermaid's language: `a[label] -->|text| b`, or `-.->` for a dashed arrow. */
const ARROW = /^(\w+)(?:\[([^\]]+)\])? (-->|-\.->)(?:\|([^|]+)\|)? (\w+)(?:\[([^\]]+)\])?$/;

/**
 * Draws the flowcharts of a page, which repositories draw themselves from the same text.
 * @param markdown - Text with blocks of code in Mermaid's language.
 * @returns The text with an SVG image in place of each block.
 * @throws {Error} for a line of a chart that is not an arrow.
 */
export const drawFlowcharts = (viz: Viz, markdown: string): string =>
  markdown.replace(/^```mermaid\n([\s\S]*?)^```/gm, (_, chart: string) => draw(viz, chart));

function draw(viz: Viz, chart: string): string {
  const svg = viz.renderString(toDot(chart), { format: 'svg' });
  // on one line, because an empty line would end the HTML in Markdown
  return `<div class="flowchart">${svg
    .slice(svg.indexOf('<svg'))
    .replace(/<!--.*?-->/gs, '')
    .replace(/\n/g, '')}</div>`;
}

/** Graphviz knows the widths of its letters; a browser has one like it. */
const FONT = 'fontname="Helvetica,sans-serif"';

/** The chart in the language of Graphviz. */
function toDot(chart: string): string {
  const [head = '', ...lines] = chart
    .trim()
    .split('\n')
    .map((line) => line.trim());
  const [, direction] = /^flowchart (BT|TB|LR|RL)$/.exec(head) ?? [];
  if (direction === undefined) throw new Error(`A flowchart begins with its direction, got: ${head}`);
  const style = `node [shape=box style=rounded margin="0.3,0.1" ${FONT}]; edge [fontsize=11 ${FONT}];`;
  return `digraph { rankdir=${direction}; bgcolor=transparent; ${style} ${lines.flatMap(statements).join('; ')} }`;
}

function statements(line: string): string[] {
  const [, from, fromLabel, arrow, text = '', to, toLabel] = ARROW.exec(line) ?? [];
  if (from === undefined || to === undefined) throw new Error(`A line of a flowchart is an arrow, got: ${line}`);
  const labels = [
    [from, fromLabel],
    [to, toLabel],
  ].filter(([, label]) => label !== undefined);
  const style = arrow === '-->' ? 'solid' : 'dashed';
  return [
    ...labels.map(([name, label]) => `${name} [label="${label}"]`),
    `${from} -> ${to} [style=${style} label="${text}"]`,
  ];
}
