import { InvalidArgumentError } from '@st/core';
import { describeValue } from '@st/core/kit';
import { unwrappedName } from '../weights/module-names.ts';
import type { StateTensors } from '../weights/state-tensor.ts';

/** Names of tensors, in which `*` matches any text, or regular expressions. */
export type LeaveOut = readonly (string | RegExp)[];

/** Number of names shown in an error. */
const NAMES_SHOWN = 6;

/**
 * Returns the names of the file's tensors that the patterns match. Each pattern is tested on the name in the file and on the name without
 * `module.` and other wrappers.
 * @throws {InvalidArgumentError} for a pattern that matches no tensor, which is probably misspelled.
 */
export function leftOutNames(where: string, tensors: StateTensors, patterns: LeaveOut): ReadonlySet<string> {
  const names = [...tensors.keys()];
  const left = new Set<string>();
  for (const pattern of patterns) {
    const fits = matcherOf(pattern);
    const found = names.filter((name) => fits(name) || fits(unwrappedName(name)));
    if (found.length === 0) {
      throw new InvalidArgumentError(
        `${where}: leaveOut ${describePattern(pattern)} must match a tensor, but the names are ${shownNames(names)}.`,
        { argument: 'leaveOut', received: pattern },
      );
    }
    for (const name of found) left.add(name);
  }
  return left;
}

/** @throws {InvalidArgumentError} if it is not a list of strings and regular expressions. */
export function checkLeaveOut(where: string, leaveOut: unknown): void {
  if (leaveOut === undefined) return;
  const isPattern = (pattern: unknown) => (typeof pattern === 'string' && pattern !== '') || pattern instanceof RegExp;
  if (Array.isArray(leaveOut) && leaveOut.every(isPattern)) return;
  throw new InvalidArgumentError(
    `${where}: leaveOut must be a list of names ('*' matches any text) or regular expressions, got ${describeValue(leaveOut)}. Write leaveOut: ['criterion.*'].`,
    { argument: 'leaveOut', received: leaveOut },
  );
}

/** Patterns that match these names: one per module, `rot_linear.*`, or the name itself. */
export function patternsFor(names: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const module = name.slice(0, name.lastIndexOf('.') + 1);
    groups.set(module, [...(groups.get(module) ?? []), name]);
  }
  return [...groups].flatMap(([module, group]) => (module && group.length > 1 ? [`${module}*`] : group));
}

/** The first names, quoted, and how many more there are. */
export function shownNames(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${names.slice(0, NAMES_SHOWN).map(describeValue).join(', ')}${more}`;
}

function matcherOf(pattern: string | RegExp): (name: string) => boolean {
  if (typeof pattern !== 'string') {
    const stateless = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
    return (name) => stateless.test(name);
  }
  const parts = pattern.split('*');
  return (name) => fitsParts(name, parts);
}

/** Whether the name starts with the first part, ends with the last, and has the others in order between them. Does not backtrack. */
function fitsParts(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function describePattern(pattern: string | RegExp): string {
  return typeof pattern === 'string' ? describeValue(pattern) : String(pattern);
}
