/**
 * Writes WebAssembly (WebAssembly Core Specification 2.0, §5 "Binary Format"): as much of it as the hashes
 * beside this file need, which are functions of numbers over one memory. A compiler of another language
 * would be a package more, and its output a binary to be trusted.
 */

/** A local variable of a function, by its number. */
export type Local = number;

/** Instructions on vectors of four 32-bit numbers (§5.4.9). */
const VECTOR = {
  load: 0x00,
  store: 0x0b,
  shuffle: 0x0d,
  splat: 0x11,
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  shiftLeft: 0xab,
  shiftRight: 0xad,
  add: 0xae,
} as const;

/** What a module begins with: `\0asm` and the version. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;

const PREFIX = 0xfd;
const [I32, V128] = [0x7f, 0x7b];

/** The body of a function; methods append what they are named after. Values go over a stack. */
export class WasmCode {
  readonly #bytes: number[] = [];
  readonly #parameters: number;
  #numbers = 0;
  #vectors = 0;

  /** @param parameters all of them are 32-bit numbers, and the first locals */
  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** A local for a number; all of them are asked for before the first vector. */
  number(): Local {
    this.#numbers += 1;
    return this.#parameters + this.#numbers - 1;
  }

  vector(): Local {
    this.#vectors += 1;
    return this.#parameters + this.#numbers + this.#vectors - 1;
  }

  vectors(count: number): readonly Local[] {
    return Array.from({ length: count }, () => this.vector());
  }

  get(local: Local): this {
    return this.#add(0x20, ...unsigned(local));
  }

  set(local: Local): this {
    return this.#add(0x21, ...unsigned(local));
  }

  /** Sets it and leaves the value. */
  tee(local: Local): this {
    return this.#add(0x22, ...unsigned(local));
  }

  constant(value: number): this {
    return this.#add(0x41, ...signed(value));
  }

  /** Adds a constant to a number. */
  advance(local: Local, by: number): this {
    return this.get(local).constant(by).#add(0x6a).set(local);
  }

  /** Whether a number is below a constant. */
  isBelow(local: Local, limit: number): this {
    return this.get(local).constant(limit).#add(0x49);
  }

  call(fn: number): this {
    return this.#add(0x10, ...unsigned(fn));
  }

  /** Repeats `body` while the number that it leaves is not 0. */
  repeat(body: () => void): this {
    this.#add(0x03, 0x40);
    body();
    return this.#add(0x0d, 0, 0x0b);
  }

  /** Loads a vector. @param at a local with an address; left out: `offset` is the address */
  load(offset: number, at?: Local): this {
    return this.#address(at).#vector(VECTOR.load, 0, ...unsigned(offset));
  }

  /** Stores what `value` leaves. */
  store(value: () => void, offset: number, at?: Local): this {
    this.#address(at);
    value();
    return this.#vector(VECTOR.store, 0, ...unsigned(offset));
  }

  /** A vector of four times the same number. */
  splat(value: number): this {
    return this.constant(value).#vector(VECTOR.splat);
  }

  /** Of the 32 bytes of two vectors, those that `lanes` names. */
  shuffle(lanes: readonly number[]): this {
    return this.#vector(VECTOR.shuffle, ...lanes);
  }

  and(): this {
    return this.#vector(VECTOR.and);
  }

  or(): this {
    return this.#vector(VECTOR.or);
  }

  xor(): this {
    return this.#vector(VECTOR.xor);
  }

  add(): this {
    return this.#vector(VECTOR.add);
  }

  shiftLeft(bits: number): this {
    return this.constant(bits).#vector(VECTOR.shiftLeft);
  }

  shiftRight(bits: number): this {
    return this.constant(bits).#vector(VECTOR.shiftRight);
  }

  /** The function as the module holds it (§5.5.13). */
  body(): readonly number[] {
    const locals = [2, ...unsigned(this.#numbers), I32, ...unsigned(this.#vectors), V128];
    return sized([...locals, ...this.#bytes, 0x0b]);
  }

  #address(at: Local | undefined): this {
    return at === undefined ? this.constant(0) : this.get(at);
  }

  #vector(instruction: number, ...rest: readonly number[]): this {
    return this.#add(PREFIX, ...unsigned(instruction), ...rest);
  }

  #add(...bytes: readonly number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }
}

/** A function of a module. */
export interface WasmFunction {
  /** Under which it is exported; undefined when only the module's others call it. */
  readonly name?: string | undefined;
  readonly parameters: number;
  readonly body: readonly number[];
}

/** A module of functions without results, which call each other by their place, over an imported `env.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...unsigned(parameters),
    ...Array.from({ length: parameters }, () => I32),
    0,
  ]);
  const exported = functions.flatMap(({ name }, place) =>
    name === undefined ? [] : [[...text(name), 0x00, ...unsigned(place)]],
  );
  const memory = [...text("env"), ...text("memory"), 0x02, 0x00, 0x01];
  return Uint8Array.of(
    ...MAGIC,
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, place) => unsigned(place)),
    ),
    ...section(7, exported),
    ...section(
      10,
      functions.map(({ body }) => body),
    ),
  );
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  return [id, ...sized([...unsigned(items.length), ...items.flat()])];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(name: string): number[] {
  return sized([...Buffer.from(name)]);
}

/** LEB128 (§5.2.2). */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
