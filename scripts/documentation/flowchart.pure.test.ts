import { instance } from '@viz-js/viz';
import { expect, it } from 'vitest';
import { drawFlowcharts } from './flowchart.ts';

const viz = await instance();
const page = (chart: string): string => `before\n\n\`\`\`mermaid\n${chart}\n\`\`\`\n\nafter`;

it('draws names, labels and texts of arrows on one line, and leaves the rest of the page', () => {
  const drawn = drawFlowcharts(viz, page('flowchart BT\n  a[first part] --> b\n  a -.->|if installed| c'));
  expect(drawn).toMatch(/^before\n\n<div class="flowchart"><svg .*<\/svg><\/div>\n\nafter$/);
  for (const text of ['first part', 'b', 'if installed', 'c']) expect(drawn).toContain(`>${text}</text>`);
});

it.each(['flowchart BT\n  a --o b', 'flowchart BT\n  subgraph x', 'sequenceDiagram\n  a --> b'])(
  'refuses %j',
  (chart) => {
    expect(() => drawFlowcharts(viz, page(chart))).toThrow('flowchart');
  },
);
