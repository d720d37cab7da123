/** The model that `--model` names. */
export type ModelName =
  | { readonly family: 'resnet18' | 'resnet34' | 'resnet50' | 'preactresnet18' }
  | { readonly family: 'wrn'; readonly depth: number; readonly widen: number };

export const MODEL_NAMES = 'resnet18, resnet34, resnet50, preactresnet18 or wrn-DEPTH-WIDEN such as wrn-34-10';

/** Far above any published WRN (94-16). Without a limit, building a model of a million layers would take forever. */
const [MAX_DEPTH, MAX_WIDEN] = [1000, 100];

/** Parses a model's name; undefined if there is no such model. The depth of a WRN is 6n + 4. */
export function parseModelName(text: string): ModelName | undefined {
  const name = text.toLowerCase();
  if (name === 'resnet18' || name === 'resnet34' || name === 'resnet50' || name === 'preactresnet18') {
    return { family: name };
  }
  const [, depth = 0, widen = 0] = (/^wrn-(\d+)-(\d+)$/.exec(name) ?? []).map(Number);
  const exists = depth >= 10 && depth <= MAX_DEPTH && depth % 6 === 4 && widen >= 1 && widen <= MAX_WIDEN;
  return exists ? { family: 'wrn', depth, widen } : undefined;
}
