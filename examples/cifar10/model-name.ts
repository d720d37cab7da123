/** What `--model` names. */
export type ModelName =
  | { readonly family: 'resnet18' | 'resnet34' | 'resnet50' | 'preactresnet18' }
  | { readonly family: 'wrn'; readonly depth: number; readonly widen: number };

export const MODEL_NAMES = 'resnet18, resnet34, resnet50, preactresnet18 or wrn-DEPTH-WIDEN such as wrn-34-10';

/** Reads a model's name; undefined if there is no such model. A WRN's depth is 6n + 4. */
export function parseModelName(text: string): ModelName | undefined {
  const name = text.toLowerCase();
  if (name === 'resnet18' || name === 'resnet34' || name === 'resnet50' || name === 'preactresnet18') {
    return { family: name };
  }
  const [, depth = 0, widen = 0] = (/^wrn-(\d+)-(\d+)$/.exec(name) ?? []).map(Number);
  return depth >= 10 && depth % 6 === 4 && widen >= 1 ? { family: 'wrn', depth, widen } : undefined;
}
