import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A constant that is longer is shown with its type alone. */
const LONGEST_CONSTANT = 300;

/**
 * The declaration of an exported name as TypeScript writes it to a `.d.ts` file, with the comments of its members; a short constant with its value.
 * @returns One text per overload, joined; undefined if the file does not declare the name.
 */
export function declarationText(path: string, name: string): string | undefined {
  const { source, declarations } = parse(path);
  const constant = named(source, name).filter(ts.isVariableStatement).map(textOf)[0];
  if (constant !== undefined && constant.length <= LONGEST_CONSTANT) return constant;
  const found = named(declarations, name).map(textOf);
  return found.length === 0 ? undefined : found.join('\n');
}

type Parsed = { readonly source: ts.SourceFile; readonly declarations: ts.SourceFile };
const parsed = new Map<string, Parsed>();

/** A source file and its declarations, parsed once. No other file is read, because `isolatedDeclarations` is on. */
function parse(path: string): Parsed {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    isolatedDeclarations: true,
    declaration: true,
  };
  const { outputText } = ts.transpileDeclaration(text, { fileName: path, compilerOptions });
  const [source, declarations] = [text, outputText].map((code) =>
    ts.createSourceFile(path, code, ts.ScriptTarget.ES2022, true),
  );
  if (!source || !declarations) throw new Error(`${path} cannot be parsed.`);
  parsed.set(path, { source, declarations });
  return { source, declarations };
}

const named = (file: ts.SourceFile, name: string): ts.Statement[] =>
  file.statements.filter((statement) => namesOf(statement).includes(name));

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

const textOf = (statement: ts.Statement): string =>
  statement
    .getText()
    .replace(/^(export )?declare /, 'export ')
    .replace(/^ {4}/gm, '  ');
