import { Models } from 'typedoc';

/** Describes types of options that have no comment of their own by the functions and classes that take them, whose pages show their members. */
export function describeOptions(project: Models.ProjectReflection): void {
  const exported = (project.children ?? []).flatMap(({ children = [] }) => children);
  const callables = exported.map((owner) => ({ owner, parameters: parametersOf(owner) }));
  for (const type of exported) {
    if (!type.name.endsWith('Options')) continue;
    type.comment ??= new Models.Comment();
    for (const part of [type, ...partsOf(type)]) part.comment?.modifierTags.add('@expand');
    if (type.comment.summary.length > 0) continue;
    const word = new RegExp(`\\b${type.name}\\b`);
    const owners = callables.filter(({ parameters }) => parameters.some((parameter) => word.test(parameter)));
    if (owners.length === 0) continue;
    type.comment.summary.push(...owners.flatMap(({ owner }, i) => mention(owner, i)), { kind: 'text', text: '.' });
  }
}

/** The types that an intersection names: `LabelSmoothing` of `LabelSmoothing & { beta }`. */
function partsOf({ type }: Models.DeclarationReflection): Models.Reflection[] {
  const members = type instanceof Models.IntersectionType ? type.types : [];
  return members.flatMap((member) =>
    member instanceof Models.ReferenceType && member.reflection ? [member.reflection] : [],
  );
}

/** The types of the parameters of a function, of the signatures of a type of functions, or of a constructor, as text. */
function parametersOf(owner: Models.DeclarationReflection): string[] {
  const constructors = (owner.children ?? []).filter(({ kind }) => kind === Models.ReflectionKind.Constructor);
  const signatures = [owner, ...constructors].flatMap(({ signatures: own = [] }) => own);
  return signatures.flatMap(({ parameters = [] }) => parameters.map(({ type }) => String(type)));
}

const mention = (target: Models.DeclarationReflection, i: number): Models.CommentDisplayPart[] => [
  { kind: 'text', text: i === 0 ? 'Options of ' : ', ' },
  { kind: 'inline-tag', tag: '@linkcode', text: target.name, target },
];
