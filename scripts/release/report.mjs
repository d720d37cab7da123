// What a dry run found, as two tables in markdown.

import { missingFields } from './pack-packages.mjs';

/** `packages`: `{ name, version, packed, unpacked, files }`; `installs`: rows of `runMatrix`. */
export function reportTables({ packages, installs }) {
  const size = (bytes) => `${Math.round(bytes / 1000)} kB`;
  const time = (seconds) => `${seconds.toFixed(1)} s`;
  const contents = packages.map(({ name, version, packed, unpacked, files }) => [
    name,
    version,
    size(packed),
    size(unpacked),
    files,
  ]);
  const matrix = installs.map((row) => [
    row.manager,
    row.runtime,
    row.backend,
    time(row.installSeconds),
    time(row.runSeconds),
  ]);
  const missing = missingFields();
  return [
    table(['package', 'version', 'packed', 'unpacked', 'files'], contents),
    table(['installed by', 'run by', "useBackend('auto')", 'installing', 'running'], matrix),
    missing.length > 0
      ? `To be set in the package.json of the workspace before the first publication: ${missing.join(', ')}.`
      : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function table(head, rows) {
  if (rows.length === 0) return '';
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => String(row[i]).length)));
  const line = (cells) => `| ${cells.map((cell, i) => String(cell).padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
