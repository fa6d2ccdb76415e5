/** The text of a statement without leading white space, semicolons and comments. */
export const skipComments = (text: string): string =>
  text.replace(/^(?:[\s;]+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/u, '');
