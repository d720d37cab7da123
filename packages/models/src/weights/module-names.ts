import type { StateTensors } from './state-tensor.ts';

/**
 * Names that wrapping modules add to the names of tensors: `DataParallel` and `AveragedModel` (`module`), `torch.compile` (`_orig_mod`), FSDP
 * and activation checkpointing. No network of this package has a module with such a name.
 */
const WRAPPERS: ReadonlySet<string> = new Set([
  'module',
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
]);

/** The name with all wrappers removed: `module.layer1._orig_mod.0.conv1.weight` becomes `layer1.0.conv1.weight`. */
export function unwrappedName(name: string): string {
  return name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');
}

/** Maps each name in the file to the name without wrappers. If two names would become equal, all names are kept. */
export function unwrappedNames(tensors: StateTensors): ReadonlyMap<string, string> {
  const names = [...tensors.keys()];
  const unwrapped = names.map(unwrappedName);
  const isUnique = new Set(unwrapped).size === names.length;
  return new Map(names.map((name, i) => [name, isUnique ? (unwrapped[i] ?? name) : name]));
}

/** The wrappers inside the names of a network, after its prefix. */
export function wrappersInside(names: readonly string[], prefix: string): readonly string[] {
  const parts = names.flatMap((name) => name.slice(name.startsWith(prefix) ? prefix.length : 0).split('.'));
  return [...WRAPPERS].filter((wrapper) => parts.includes(wrapper));
}

/** The part of a file's name before `rest`, the end of its unwrapped name; includes wrappers right before `rest`. */
export function prefixInFile(name: string, rest: string): string {
  const parts = name.split('.');
  const first = unwrappedName(rest).split('.').length;
  let kept = 0;
  let at = parts.length;
  while (at > 0 && kept < first) {
    at--;
    if (!WRAPPERS.has(parts[at] ?? '')) kept++;
  }
  return at === 0 ? '' : `${parts.slice(0, at).join('.')}.`;
}
