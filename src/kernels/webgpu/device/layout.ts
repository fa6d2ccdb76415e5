/** A struct of 32-bit fields that shaders and the host share: its WGSL text, and its words by field name. */
export class Layout<Field extends string> {
  /** The declaration, as the header of a shader. */
  readonly wgsl: string;
  /** 32-bit words per struct. */
  readonly words: number;
  readonly #fields: readonly Field[];

  constructor(name: string, fields: Readonly<Record<Field, 'u32' | 'f32'>>) {
    this.#fields = Object.keys(fields) as Field[];
    this.words = this.#fields.length;
    const lines = this.#fields.map((field) => `  ${field}: ${fields[field]},\n`);
    this.wgsl = `struct ${name} {\n${lines.join('')}}\n`;
  }

  get bytes(): number {
    return this.words * 4;
  }

  /** One struct of u32 fields. */
  pack(values: Readonly<Record<Field, number>>): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array(this.words);
    this.write(words, 0, values);
    return words;
  }

  /** Writes struct number `at` of a list of structs of u32 fields. */
  write(list: Uint32Array, at: number, values: Readonly<Record<Field, number>>): void {
    let word = at * this.words;
    for (const field of this.#fields) list[word++] = values[field];
  }

  /** Reads struct number `at` of such a list. */
  read(list: Uint32Array, at: number): Record<Field, number> {
    const words = list.subarray(at * this.words, (at + 1) * this.words);
    return Object.fromEntries(this.#fields.map((field, i) => [field, words[i]])) as Record<Field, number>;
  }
}

/** Declares constants in WGSL. */
export function constants(type: 'u32' | 'f32', values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `const ${name} = ${type}(${value});\n`)
    .join('');
}

/** A growing list of structs of u32 fields. */
export class StructList<Field extends string> {
  readonly #layout: Layout<Field>;
  #words: Uint32Array<ArrayBuffer>;
  #count = 0;

  constructor(layout: Layout<Field>, expected: number) {
    this.#layout = layout;
    this.#words = new Uint32Array(expected * layout.words);
  }

  get count(): number {
    return this.#count;
  }

  /** The structs so far. */
  get taken(): Uint32Array<ArrayBuffer> {
    return this.#words.subarray(0, this.#count * this.#layout.words);
  }

  push(values: Readonly<Record<Field, number>>): void {
    const { words } = this.#layout;
    if (this.#count * words === this.#words.length) {
      const grown = new Uint32Array(this.#words.length * 2 + words);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#layout.write(this.#words, this.#count++, values);
  }
}
