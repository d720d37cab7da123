import { findHead } from './find-head.ts';
import type { NamedTensor } from './network-prefix.ts';

/** Tensors under the names of the networks of this package, and which names were translated. */
export type TranslatedNames = {
  readonly inside: readonly NamedTensor[];
  readonly outside: readonly NamedTensor[];
  readonly notes: readonly string[];
  /** Whether the names are torchvision's or timm's, whose networks pool over all pixels. */
  readonly isTorchvision: boolean;
};

/** torchvision's and timm's ResNets use other names for the classifier and the shortcut of a block. */
const TORCHVISION: readonly (readonly [pattern: RegExp, theirs: string, ours: string])[] = [
  [/^fc\.(weight|bias)$/, 'fc.', 'linear.'],
  [/^layer\d+\.\d+\.downsample\./, 'downsample.', 'shortcut.'],
];

/**
 * Translates torchvision's and timm's names of ResNets, and the name of a classifier outside its network or inside a Sequential.
 * @param outside - Tensors outside the network, which may include its classifier.
 */
export function translateNames(inside: readonly NamedTensor[], outside: readonly NamedTensor[]): TranslatedNames {
  const names = new Set(inside.map(({ name }) => name));
  const isResnet = [...names].some((name) => name.startsWith('layer1.0.'));
  const used = new Set<string>();
  const translated = inside.map((named) => {
    const [found, theirs = '', ours = ''] =
      (isResnet && TORCHVISION.find(([pattern]) => pattern.test(named.name))) || [];
    const renamed = named.name.replace(theirs, ours);
    if (!found || names.has(renamed)) return named;
    used.add(`'${theirs}' as '${ours}'`);
    return { ...named, name: renamed };
  });
  const notes = used.size > 0 ? [`read ${[...used].join(' and ')}, torchvision's names`] : [];
  const headed = withHead(translated, outside);
  return { ...headed, notes: [...notes, ...headed.notes], isTorchvision: used.size > 0 };
}

function withHead(
  inside: readonly NamedTensor[],
  outside: readonly NamedTensor[],
): Pick<TranslatedNames, 'inside' | 'outside' | 'notes'> {
  const head = findHead(inside, outside);
  if (!head) return { inside, outside, notes: [] };
  const isOther = (named: NamedTensor): boolean => named !== head.weight && named !== head.bias;
  const ours = headName(inside);
  const renamed = [
    { ...head.weight, name: `${ours}weight` },
    { ...head.bias, name: `${ours}bias` },
  ];
  return {
    inside: [...inside.filter(isOther), ...renamed],
    outside: outside.filter(isOther),
    notes: [`read '${head.weight.file}' as '${ours}weight', the only classifier that fits the features`],
  };
}

/** The family's name for its classifier. */
function headName(inside: readonly NamedTensor[]): string {
  const has = (start: string): boolean => inside.some(({ name }) => name.startsWith(start));
  if (has('block1.layer.0.')) return 'fc.';
  return has('layer.0.block.0.') || has('layer_0.0.') ? 'logits.' : 'linear.';
}
