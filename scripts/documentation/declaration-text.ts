import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A constant that is longer is shown with its type alone. */
const LONGEST_CONSTANT = 300;

const files = new Map<string, ts.SourceFile>();

/**
 * The declaration of an exported name without what it does: a function without its body, a class without bodies and private members, a type
 * with the comments of its members, a short constant with its value.
 * @returns One text per overload, joined; undefined if the file does not declare the name.
 */
export function declarationText(path: string, name: string): string | undefined {
  const file = files.get(path) ?? parse(path, readFileSync(path, 'utf8'));
  files.set(path, file);
  const found = named(file, name);
  const overloads = found.filter((statement) => ts.isFunctionDeclaration(statement) && statement.body === undefined);
  const texts = (overloads.length > 0 ? overloads : found).map((statement) => shortText(statement, name));
  return texts.length === 0 ? undefined : texts.join('\n');
}

function shortText(statement: ts.Statement, name: string): string {
  const text = statement.getText();
  if (ts.isFunctionDeclaration(statement) && statement.body)
    return `${text.slice(0, statement.body.getStart() - statement.getStart()).trimEnd()};`;
  const isLong = ts.isVariableStatement(statement) && text.length > LONGEST_CONSTANT;
  return isLong || ts.isClassDeclaration(statement) ? declared(statement, name) : text;
}

/** The statement as TypeScript writes it to a `.d.ts` file. No other file is read, because `isolatedDeclarations` is on. */
function declared(statement: ts.Statement, name: string): string {
  const { fileName, text } = statement.getSourceFile();
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    isolatedDeclarations: true,
    declaration: true,
  };
  const { outputText } = ts.transpileDeclaration(text, { fileName, compilerOptions });
  return named(parse(fileName, outputText), name)
    .map((found) =>
      found
        .getText()
        .replace(/^(export )?declare /, 'export ')
        .replace(/^ {4}/gm, '  '),
    )
    .join('\n');
}

const parse = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);

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
