import { quotedIdentifier, quotedString } from '@duckdb/node-api';

/** A value with leading zeros is text: an id such as 007 must not change. */
const number = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const keyword = /^(?:null|true|false)$/i;
const stringLiteral = /^'(?:[^']|'')*'$/;

/** The statement for `-set NAME=VALUE`. Numbers, keywords and quoted strings are SQL, all else is text. */
export function setVariable(name: string, value: string): string {
  const isLiteral = number.test(value) || keyword.test(value) || stringLiteral.test(value);
  const literal = isLiteral ? value : quotedString(value);
  return `SET VARIABLE ${quotedIdentifier(name)} = ${literal};`;
}
