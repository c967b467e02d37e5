/** The small language that conditions and block keys are written in, as a stream of tokens. */

/** Something wrong with a text, and where: 0-based, in UTF-16 code units. */
export interface TextProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Thrown while a text is read; who reads the whole text turns it into a {@link TextProblem}. */
export class TextRefusal extends Error {
  override readonly name = "TextRefusal";
  readonly offset: number;
  readonly hint: string | undefined;

  constructor({ offset, message, hint }: TextProblem) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

export interface Token {
  readonly kind: "name" | "quoted" | "number" | "sign" | "end";
  /** Of a quoted text what it says; of anything else what is written. */
  readonly text: string;
  readonly offset: number;
}

/** Reads tokens one after the other. */
export interface TokenReader {
  /** The next token, which stays the next. */
  readonly peek: () => Token;
  readonly take: () => Token;
  /** Takes the sign if it is the next token. */
  readonly accept: (sign: string) => boolean;
  /** Takes the sign, or refuses the text. */
  readonly expect: (sign: string) => void;
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<quoted>"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<sign>>=|<=|[(),]))/uy;

/** Cuts a text into tokens. @throws TextRefusal at the first thing that is none */
export function readTokens(text: string): TokenReader {
  const tokens = [...tokensOf(text)];
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: "end", text: "", offset: text.length };
  const take = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const accept = (sign: string): boolean => {
    const isNext = peek().kind === "sign" && peek().text === sign;
    position += isNext ? 1 : 0;
    return isNext;
  };
  const expect = (sign: string): void => {
    if (!accept(sign)) {
      throw unexpected(peek(), JSON.stringify(sign));
    }
  };
  return { peek, take, accept, expect };
}

/** The refusal of a token where something else had to stand. */
export function unexpected(token: Token, wanted: string): TextRefusal {
  const found = token.kind === "end" ? "the text ends" : `there is ${JSON.stringify(token.text)}`;
  return new TextRefusal({ offset: token.offset, message: `${found} where ${wanted} is expected` });
}

/** Reads a text with `read` to its end, or says what is wrong with it. */
export function readAll<T>(
  text: string,
  read: (tokens: TokenReader) => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TextProblem } {
  try {
    const tokens = readTokens(text);
    const value = read(tokens);
    if (tokens.peek().kind !== "end") {
      throw unexpected(tokens.peek(), "the end");
    }
    return { ok: true, value };
  } catch (error) {
    if (error instanceof TextRefusal) {
      return {
        ok: false,
        error: { offset: error.offset, message: error.message, hint: error.hint },
      };
    }
    throw error;
  }
}

function* tokensOf(text: string): Generator<Token> {
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  for (let offset = 0; offset < end; offset = TOKEN.lastIndex) {
    const found = TOKEN.exec(text);
    const start = offset + (/^\s*/u.exec(text.slice(offset))?.[0].length ?? 0);
    const [kind, written] = kindOf(found?.groups ?? {});
    if (kind === undefined) {
      throw new TextRefusal({ offset: start, message: "this character has no meaning here" });
    }
    yield { kind, text: kind === "quoted" ? unquoted(written, start) : written, offset: start };
  }
}

function kindOf(
  groups: Readonly<Record<string, string | undefined>>,
): [kind: Token["kind"] | undefined, text: string] {
  const kinds = ["name", "quoted", "number", "sign"] as const;
  const kind = kinds.find((name) => groups[name] !== undefined);
  return [kind, kind === undefined ? "" : (groups[kind] ?? "")];
}

function unquoted(written: string, offset: number): string {
  try {
    return String(JSON.parse(written));
  } catch {
    const hint = 'quotes and backslashes inside quotes are written \\" and \\\\';
    throw new TextRefusal({ offset, message: "this quoted text cannot be read", hint });
  }
}
