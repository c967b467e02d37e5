/**
 * SHA-256 (FIPS 180-4, §6.2) of four messages at once, each in a lane of WebAssembly's vectors. For messages
 * of a byte and 48 or 64 others: what the inner nodes of a tree and the gaps between customers are.
 */
import { type Local, WasmCode, wasmModule } from "./wasm-code.ts";

const LANES = 4;
const WORD_BYTES = 4;
const VECTOR_BYTES = 16;
const DIGEST_BYTES = 32;
const BLOCK_WORDS = 16;
const ROUNDS = 64;

/** §4.2.2. */
const CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
] as const;

/** §5.3.3. */
const INITIAL = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

/** What is hashed: a first byte that all messages share, and how many others follow it. */
export interface MessageShape {
  /** Of the function that hashes such messages. */
  readonly name: string;
  readonly first: number;
  readonly bytes: 48 | 64;
}

/** Where the memory has the constants, the state of a hash and the words of a block: all of it vectors. */
const AT = { constants: 0, state: 1024, words: 1152 } as const;

/** Where messages may lie from: what is before belongs to the functions. */
export const FIRST_ADDRESS = 2048;

/** What the memory must begin with: the constants of the rounds, in every lane. */
export function constantVectors(): Uint32Array {
  return Uint32Array.from(
    CONSTANTS.flatMap((constant) => Array.from({ length: LANES }, () => constant)),
  );
}

/**
 * A module with a function for each shape, `(from, to, groups)`. It hashes four messages a group, of which all
 * but the first byte lie from `from` on, one after the other, and puts the digests likewise from `to` on;
 * both may be the same address.
 */
export function sha256Module(shapes: readonly MessageShape[]): Uint8Array<ArrayBuffer> {
  return wasmModule([
    { parameters: 0, body: compression() },
    ...shapes.map((shape) => ({
      name: shape.name,
      parameters: 3,
      body: new MessageCode(shape).body(),
    })),
  ]);
}

const COMPRESSION = 0;

/** Takes the words of one block into the state: §6.2.2. */
function compression(): readonly number[] {
  const code = new WasmCode(0);
  const constants = code.number();
  const words = code.vectors(BLOCK_WORDS);
  const state = code.vectors(INITIAL.length);
  const round = new Round(code, { words, state, constants });
  words.forEach((word, place) => code.load(AT.words + place * VECTOR_BYTES).set(word));
  state.forEach((value, place) => code.load(AT.state + place * VECTOR_BYTES).set(value));
  round.begin();
  for (let place = 0; place < BLOCK_WORDS; place += 1) {
    round.write(place);
  }
  const blockBytes = BLOCK_WORDS * VECTOR_BYTES;
  code.repeat(() => {
    code.advance(constants, blockBytes);
    for (let place = 0; place < BLOCK_WORDS; place += 1) {
      round.expand(place);
      round.write(place);
    }
    code.isBelow(constants, ROUNDS * VECTOR_BYTES - blockBytes);
  });
  state.forEach((value, place) => {
    const at = AT.state + place * VECTOR_BYTES;
    code.store(() => code.get(value).load(at).add(), at);
  });
  return code.body();
}

/** One round after another. After 16 of them every variable is in its own place again. */
class Round {
  readonly #code: WasmCode;
  readonly #words: readonly Local[];
  readonly #constants: Local;
  /** a to h. */
  #state: readonly Local[];
  /** `b xor c` of a round is `a xor b` of the one before. */
  #changing: readonly [Local, Local];
  readonly #sum: Local;

  constructor(
    code: WasmCode,
    locals: Readonly<Record<"words" | "state", readonly Local[]>> & { readonly constants: Local },
  ) {
    this.#code = code;
    this.#words = locals.words;
    this.#state = locals.state;
    this.#constants = locals.constants;
    this.#changing = [code.vector(), code.vector()];
    this.#sum = code.vector();
  }

  begin(): void {
    const [, b = 0, c = 0] = this.#state;
    this.#code.get(b).get(c).xor().set(this.#changing[1]);
  }

  /** The round of a word. @param place among the 16 */
  write(place: number): void {
    const code = this.#code;
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state;
    const [ab, bc] = this.#changing;
    code
      .get(h)
      .load(place * VECTOR_BYTES, this.#constants)
      .add()
      .get(this.#word(place))
      .add();
    code.get(f).get(g).xor().get(e).and().get(g).xor().add();
    this.#rotations(e, [6, 11, 25]);
    code.add().set(this.#sum);
    code.get(d).get(this.#sum).add().set(d);
    code.get(this.#sum);
    this.#rotations(a, [2, 13, 22]);
    code.add().get(a).get(b).xor().tee(ab).get(bc).and().get(b).xor().add().set(h);
    this.#state = [h, a, b, c, d, e, f, g];
    this.#changing = [bc, ab];
  }

  /** Makes the word that stands 16 behind. */
  expand(place: number): void {
    const code = this.#code;
    code
      .get(this.#word(place))
      .get(this.#word(place + 9))
      .add();
    this.#rotations(this.#word(place + 1), [7, 18], 3);
    code.add();
    this.#rotations(this.#word(place + 14), [17, 19], 10);
    code.add().set(this.#word(place));
  }

  /** The value rotated to the right by each number of bits, and shifted, all of it combined by xor. */
  #rotations(value: Local, rotations: readonly number[], shift?: number): void {
    const code = this.#code;
    for (const [place, bits] of rotations.entries()) {
      code
        .get(value)
        .shiftRight(bits)
        .get(value)
        .shiftLeft(32 - bits)
        .xor();
      if (place > 0) {
        code.xor();
      }
    }
    if (shift !== undefined) {
      code.get(value).shiftRight(shift).xor();
    }
  }

  #word(place: number): Local {
    return this.#words[place % BLOCK_WORDS] ?? 0;
  }
}

/** Parameters of a function for messages. */
const [FROM, TO, GROUPS] = [0, 1, 2];

/** The function for messages of a shape, see {@link sha256Module}. */
class MessageCode {
  readonly #code = new WasmCode(3);
  readonly #shape: MessageShape;
  readonly #crossed: readonly Local[];
  readonly #halves: readonly Local[];

  constructor(shape: MessageShape) {
    this.#shape = shape;
    this.#crossed = this.#code.vectors(LANES);
    this.#halves = this.#code.vectors(LANES);
  }

  body(): readonly number[] {
    const code = this.#code;
    // Loads are a byte early, since the first byte of a message is none of those that lie there.
    code.advance(FROM, -1).repeat(() => {
      INITIAL.forEach((word, place) => {
        code.store(() => code.splat(word), AT.state + place * VECTOR_BYTES);
      });
      this.#takeRows();
      this.#takeEnd();
      this.#give();
      code.advance(FROM, LANES * this.#shape.bytes).advance(TO, LANES * DIGEST_BYTES);
      code.advance(GROUPS, -1).get(GROUPS);
    });
    return code.body();
  }

  /** The first byte and all others but the last. */
  #takeRows(): void {
    const code = this.#code;
    const { first, bytes } = this.#shape;
    for (let row = 0; row < bytes; row += VECTOR_BYTES) {
      const words = this.#cross((lane) => code.load(lane * bytes + row, FROM));
      words.forEach((word, place) => {
        this.#word(row / WORD_BYTES + place, () => {
          code.get(word);
          if (row + place === 0) {
            code
              .splat(0x00ffffff)
              .and()
              .splat(first << 24)
              .or();
          }
        });
      });
    }
  }

  /** The last byte and the padding of §5.1.1. */
  #takeEnd(): void {
    const code = this.#code;
    const { bytes } = this.#shape;
    const place = (bytes / WORD_BYTES) % BLOCK_WORDS;
    if (place === 0) {
      code.call(COMPRESSION);
    }
    const lastRow = bytes - VECTOR_BYTES + 1;
    const [, , , last = 0] = this.#cross((lane) => code.load(lane * bytes + lastRow, FROM));
    this.#word(place, () => code.get(last).shiftLeft(24).splat(0x00800000).or());
    for (let empty = place + 1; empty < BLOCK_WORDS - 1; empty += 1) {
      this.#word(empty, () => code.splat(0));
    }
    this.#word(BLOCK_WORDS - 1, () => code.splat((1 + bytes) * 8));
    code.call(COMPRESSION);
  }

  /** Puts the digests where they belong. */
  #give(): void {
    const code = this.#code;
    for (const half of [0, 1]) {
      const state = AT.state + half * LANES * VECTOR_BYTES;
      const lanes = this.#cross((place) => code.load(state + place * VECTOR_BYTES));
      lanes.forEach((words, lane) => {
        code.store(() => code.get(words), lane * DIGEST_BYTES + half * VECTOR_BYTES, TO);
      });
    }
  }

  #word(place: number, value: () => void): void {
    this.#code.store(value, AT.words + place * VECTOR_BYTES);
  }

  /**
   * Four words of each of four lanes, from and to the order of bytes that SHA-256 has: turns a vector for
   * each lane into a vector for each word, and the other way round.
   */
  #cross(load: (place: number) => void): readonly Local[] {
    const code = this.#code;
    const [a = 0, b = 0, c = 0, d = 0] = this.#crossed;
    this.#crossed.forEach((vector, place) => {
      load(place);
      code.set(vector);
    });
    const [ab = 0, otherAb = 0, cd = 0, otherCd = 0] = this.#halves;
    code
      .get(a)
      .get(b)
      .shuffle(turned([0, 4, 1, 5]))
      .set(ab);
    code
      .get(a)
      .get(b)
      .shuffle(turned([2, 6, 3, 7]))
      .set(otherAb);
    code
      .get(c)
      .get(d)
      .shuffle(turned([0, 4, 1, 5]))
      .set(cd);
    code
      .get(c)
      .get(d)
      .shuffle(turned([2, 6, 3, 7]))
      .set(otherCd);
    code
      .get(ab)
      .get(cd)
      .shuffle(straight([0, 1, 4, 5]))
      .set(a);
    code
      .get(ab)
      .get(cd)
      .shuffle(straight([2, 3, 6, 7]))
      .set(b);
    code
      .get(otherAb)
      .get(otherCd)
      .shuffle(straight([0, 1, 4, 5]))
      .set(c);
    code
      .get(otherAb)
      .get(otherCd)
      .shuffle(straight([2, 3, 6, 7]))
      .set(d);
    return this.#crossed;
  }
}

/** Lanes of a shuffle for these words of two vectors. */
function straight(words: readonly number[]): readonly number[] {
  return words.flatMap((word) => [0, 1, 2, 3].map((byte) => word * WORD_BYTES + byte));
}

/** The same with the bytes of each word turned round. */
function turned(words: readonly number[]): readonly number[] {
  return words.flatMap((word) => [3, 2, 1, 0].map((byte) => word * WORD_BYTES + byte));
}
