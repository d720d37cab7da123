import { useBackend } from '@st/backend';
import { setConvolutionAlgorithm } from '@st/backend-native';

import { checkFile } from '../check-file.ts';
import { ConformanceReport } from '../report.ts';

/** Checks the fixtures, which the server lists, on st-wasm. */
export async function conformanceRun(): Promise<object> {
  const { name: backend } = await useBackend('st-wasm');
  setConvolutionAlgorithm('direct'); // as the command does, which says why
  const lines: string[] = [];
  const report = new ConformanceReport((line) => lines.push(line));
  const seconds = new Map<string, number>();
  for (const file of (await (await fetch('/fixtures')).json()) as string[]) {
    const start = performance.now();
    const bytes = async () => new Uint8Array(await (await fetch(`/fixtures/${file}`)).arrayBuffer());
    await checkFile(file, bytes, { backend }, report);
    seconds.set(file, (performance.now() - start) / 1000);
  }
  return { ...report.finish(seconds), lines };
}
