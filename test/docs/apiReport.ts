import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const printer = ts.createPrinter({ removeComments: true });

/** The declarations that a package entry exports, sorted by name, without comments and private members. */
export function apiReport(entry: string): string {
  return [...exportsOf(entry)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, declaration]) => declaration.replaceAll(/^ +(?:#private|private .*);\n/gm, ''))
    .join('\n');
}

/** The text of each declaration by name. Follows `from './x.js'` into the package's own files. */
function exportsOf(path: string): Map<string, string> {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023);
  const found = new Map<string, string>();
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) {
      if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      const target = exportsOf(
        join(dirname(path), statement.moduleSpecifier.text.replace(/\.[jt]s$/, '.d.ts')),
      );
      const { exportClause } = statement;
      const names =
        exportClause && ts.isNamedExports(exportClause)
          ? exportClause.elements.map(({ name }) => name.text)
          : target.keys();
      for (const name of names) found.set(name, target.get(name)!);
    } else {
      const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
      const isExported = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      const names = ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.map(({ name }) => name as ts.Identifier)
        : [(statement as ts.DeclarationStatement).name as ts.Identifier];
      for (const name of isExported ? names : [])
        found.set(name.text, `${printer.printNode(ts.EmitHint.Unspecified, statement, file)}\n`);
    }
  }
  return found;
}
