import type { StateTensors } from './state-tensor.ts';

/**
 * Modules that wrap another and add their name to its tensors' names: `DataParallel` and `AveragedModel` (`module`), `torch.compile`
 * (`_orig_mod`), FSDP and activation checkpointing. None of the networks here has a module of these names.
 */
const WRAPPERS: ReadonlySet<string> = new Set([
  'module',
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
]);

/** The name without wrappers, wherever in it they stand: `module.layer1._orig_mod.0.conv1.weight` is `layer1.0.conv1.weight`. */
export function unwrappedName(name: string): string {
  return name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');
}

/** A tensor's name without wrappers by its name in the file. Names stay as they are where two would become one. */
export function unwrappedNames(tensors: StateTensors): ReadonlyMap<string, string> {
  const names = [...tensors.keys()];
  const unwrapped = names.map(unwrappedName);
  const isUnique = new Set(unwrapped).size === names.length;
  return new Map(names.map((name, i) => [name, isUnique ? (unwrapped[i] ?? name) : name]));
}

/** The wrappers that stand inside the names of a network, behind its prefix, for the line that says so. */
export function wrappersInside(names: readonly string[], prefix: string): readonly string[] {
  const parts = names.flatMap((name) => name.slice(name.startsWith(prefix) ? prefix.length : 0).split('.'));
  return [...WRAPPERS].filter((wrapper) => parts.includes(wrapper));
}

/** What stands in a file's name before `rest`, the end of its unwrapped name; wrappers right before `rest` count too. */
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
