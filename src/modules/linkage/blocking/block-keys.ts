/**
 * Block keys of single records: what is kept of a record so that a later one finds it without a scan.
 * Keyed hashes, so that the table of keys says nothing about the values to who has not the secret.
 */
import { assert } from "../../../kernel/index.ts";
import type { BlockingRule, KeyPart, PreparedRecord, PreparedValue } from "../model/model.ts";
import { KeyMessage } from "./key-message.ts";
import { SipHash } from "./sip-hash.ts";

/**
 * Opens a function that gives the block keys of a record: signed 64-bit hashes, each once. Two records
 * share one of them exactly when a rule's join finds them, blocks that are too large aside. (By chance,
 * among 10⁷ keys, in one of 400,000 runs.)
 *
 * Keys depend on what a rule takes, not on its name or place: a model whose rules come in another order
 * has the same keys. Of the secret the first 16 bytes count. With ten rules of two parts, 160,000 records
 * a second on one core.
 */
export function openBlockKeys(
  rules: readonly BlockingRule[],
  secret: Uint8Array,
): (record: PreparedRecord) => readonly bigint[] {
  const search = new KeySearch(rules, secret);
  return (record) => search.keysOf(record);
}

/**
 * A keyed hash of a text, in the same form as block keys: for terms that must be counted and found
 * again, but not read.
 */
export function openTextHash(secret: Uint8Array): (text: string) => bigint {
  const hash = new SipHash(secret);
  const message = new KeyMessage();
  return (text) => {
    message.length = 0;
    message.add(text);
    return hash.hash(message.bytes, message.length);
  };
}

interface OpenRule {
  /** What the rule takes, in eight bytes: equal values under different rules have different keys. */
  readonly identity: Uint8Array;
  readonly parts: readonly KeyPart[];
  /** For each part, the index of the last equal one before it. */
  readonly repeats: readonly number[];
}

class KeySearch {
  readonly #hash: SipHash;
  readonly #message = new KeyMessage();
  readonly #rules: readonly OpenRule[];
  /** The text that stands for each part, down to the part in hand. */
  readonly #chosen: string[] = [];

  constructor(rules: readonly BlockingRule[], secret: Uint8Array) {
    this.#hash = new SipHash(secret);
    this.#rules = rules.map(({ parts }) => this.#open(parts));
  }

  keysOf(record: PreparedRecord): readonly bigint[] {
    const keys = new Set<bigint>();
    for (const rule of this.#rules) {
      this.#message.begin(rule.identity);
      this.#add(keys, { record, rule }, 0);
    }
    return [...keys];
  }

  /** Adds a key for each choice of an element where parts are lists; none where a part is missing. */
  #add(
    keys: Set<bigint>,
    of: { readonly record: PreparedRecord; readonly rule: OpenRule },
    depth: number,
  ): void {
    const part = of.rule.parts[depth];
    const message = this.#message;
    if (part === undefined) {
      keys.add(this.#hash.hash(message.bytes, message.length));
      return;
    }
    const value = of.record[part.column] ?? null;
    const length = message.length;
    const after = isTexts(value) ? this.#chosen[of.rule.repeats[depth] ?? -1] : undefined;
    for (const element of isTexts(value) ? value : [value]) {
      const text = charactersOf(element, part);
      if (text !== undefined && (after === undefined || text > after)) {
        this.#chosen[depth] = text;
        message.add(text);
        this.#add(keys, of, depth + 1);
        message.length = length;
      }
    }
  }

  #open(parts: readonly KeyPart[]): OpenRule {
    assert(parts.length > 0, () => "a blocking rule has parts");
    const taken = parts.map(({ column, length, at }) =>
      JSON.stringify(length === undefined ? [column] : [column, length, at ?? "start"]),
    );
    const identity = new Uint8Array(8);
    const hashed = this.#hash.hash(Buffer.from(taken.join()));
    new DataView(identity.buffer).setBigInt64(0, hashed);
    const repeats = taken.map((part, index) => taken.slice(0, index).lastIndexOf(part));
    return { identity, parts, repeats };
  }
}

function charactersOf(value: PreparedValue, { length, at }: KeyPart): string | undefined {
  if (value === null) {
    return undefined;
  }
  const text = String(value);
  if (length === undefined) {
    return text;
  }
  if (text.length <= length) {
    return text;
  }
  if (isAscii(text)) {
    return at === "end" ? text.slice(-length) : text.slice(0, length);
  }
  const characters = Array.from(text);
  return (at === "end" ? characters.slice(-length) : characters.slice(0, length)).join("");
}

// oxlint-disable-next-line no-control-regex -- ASCII begins with the control characters
const ascii = /^[\u0000-\u007F]*$/;

function isAscii(text: string): boolean {
  return ascii.test(text);
}

function isTexts(value: PreparedValue): value is readonly string[] {
  return Array.isArray(value);
}
