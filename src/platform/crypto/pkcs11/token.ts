/** AES keys in a token: made there, used there, and never outside of it. */
import { randomBytes } from "node:crypto";
import { RefusedError, UnavailableError } from "../../../kernel/index.ts";
import {
  addressOf,
  type Argument,
  CKR,
  type Cryptoki,
  type FunctionName,
  hex,
  loadCryptoki,
  WORD_BYTES,
} from "./cryptoki.ts";

export interface TokenOptions {
  /** The path of the module's library. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  /** The PIN of the token's user. */
  readonly pin: string;
}

/** What {@link Token.encrypt} gives: nonce 12 | ciphertext | tag 16. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

const SERIAL_READ_WRITE = 0x4 | 0x2;
const USER = 1;
const LABEL_BYTES = 32;
const MOST_OBJECTS = 1_000;

const MECHANISM = { aesKeyGen: 0x1080, aesGcm: 0x1087 } as const;
const ATTRIBUTE = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  keyType: 0x100,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  valueLength: 0x161,
  extractable: 0x162,
} as const;
const SECRET_KEY = 4;
const AES = 0x1f;

type Attribute = readonly [type: number, value: Buffer];

/** The keys in a token. Each call opens a session of its own and closes it: there are two in a process's life. */
export class Token {
  readonly label: string;
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.label = options.token;
    this.#options = options;
  }

  /** Makes an AES-256 key that can neither be read nor leave the token. */
  generate(label: string): void {
    this.#inSession((session) => {
      const handle = Buffer.alloc(WORD_BYTES);
      const made = template([
        [ATTRIBUTE.class, word(SECRET_KEY)],
        [ATTRIBUTE.keyType, word(AES)],
        [ATTRIBUTE.label, Buffer.from(label, "utf8")],
        [ATTRIBUTE.token, TRUE],
        [ATTRIBUTE.private, TRUE],
        [ATTRIBUTE.sensitive, TRUE],
        [ATTRIBUTE.extractable, FALSE],
        [ATTRIBUTE.encrypt, TRUE],
        [ATTRIBUTE.decrypt, TRUE],
        [ATTRIBUTE.valueLength, word(KEY_BYTES)],
      ]);
      session.do("C_GenerateKey", mechanism(MECHANISM.aesKeyGen), made.bytes, made.count, handle);
    });
  }

  /** The labels of the secret keys in the token. */
  labels(): string[] {
    return this.#inSession((session) =>
      session.find([[ATTRIBUTE.class, word(SECRET_KEY)]]).map((key) => session.labelOf(key)),
    );
  }

  /** AES-256-GCM in the token; undefined when there is no such key. */
  encrypt(label: string, plain: Uint8Array, associated: Uint8Array): Buffer | undefined {
    return this.#withKey(label, (session, key) => {
      const nonce = randomBytes(NONCE_BYTES);
      session.do("C_EncryptInit", gcm(nonce, associated), key);
      const out = Buffer.alloc(plain.length + TAG_BYTES);
      const length = word(out.length);
      session.do("C_Encrypt", Buffer.from(plain), plain.length, out, length);
      // Modules that make nonces themselves have put theirs in the place of ours.
      return Buffer.concat([nonce, out.subarray(0, Number(length.readBigUInt64LE()))]);
    });
  }

  /**
   * The plain text; `wrong` when it was not encrypted so with this key, undefined when there is no such key.
   */
  decrypt(label: string, sealed: Uint8Array, associated: Uint8Array): Buffer | "wrong" | undefined {
    return this.#withKey(label, (session, key) => {
      const nonce = Buffer.from(sealed.subarray(0, NONCE_BYTES));
      session.do("C_DecryptInit", gcm(nonce, associated), key);
      const input = Buffer.from(sealed.subarray(NONCE_BYTES));
      const out = Buffer.alloc(input.length);
      const length = word(out.length);
      const answer = session.ask("C_Decrypt", input, input.length, out, length);
      if (REFUSALS.has(answer)) {
        return "wrong";
      }
      refuse("C_Decrypt", answer);
      return out.subarray(0, Number(length.readBigUInt64LE()));
    });
  }

  /** Destroys a key. Returns whether there was one. */
  destroy(label: string): boolean {
    const isGone = this.#withKey(label, (session, key) => {
      session.do("C_DestroyObject", key);
      return true;
    });
    return isGone ?? false;
  }

  #withKey<T>(label: string, work: (session: Session, key: bigint) => T): T | undefined {
    return this.#inSession((session) => {
      const [key] = session.find([
        [ATTRIBUTE.class, word(SECRET_KEY)],
        [ATTRIBUTE.label, Buffer.from(label, "utf8")],
      ]);
      return key === undefined ? undefined : work(session, key);
    });
  }

  #inSession<T>(work: (session: Session) => T): T {
    const library = loadCryptoki(this.#options.module);
    const handle = Buffer.alloc(WORD_BYTES);
    const slot = slotOf(library, this.label);
    refuse(
      "C_OpenSession",
      library.call("C_OpenSession", slot, SERIAL_READ_WRITE, null, null, handle),
    );
    const session = new Session(library, handle.readBigUInt64LE());
    try {
      session.login(this.#options.pin);
      return work(session);
    } finally {
      session.ask("C_CloseSession");
      pointedAt.length = 0;
    }
  }
}

/** One session with a token. */
class Session {
  readonly #library: Cryptoki;
  readonly #handle: bigint;

  constructor(library: Cryptoki, handle: bigint) {
    this.#library = library;
    this.#handle = handle;
  }

  ask(name: FunctionName, ...args: readonly Argument[]): number {
    return this.#library.call(name, this.#handle, ...args);
  }

  do(name: FunctionName, ...args: readonly Argument[]): void {
    refuse(name, this.ask(name, ...args));
  }

  login(pin: string): void {
    const bytes = Buffer.from(pin, "utf8");
    const answer = this.ask("C_Login", USER, bytes, bytes.length);
    if (answer === CKR.pinIncorrect || answer === CKR.pinLocked) {
      throw new RefusedError("pkcs11-pin", "the token does not accept the PIN", [], {
        hint: "set WAYBILL_PKCS11_PIN to the PIN of the token's user; too many attempts lock the token",
      });
    }
    if (answer !== CKR.alreadyLoggedIn) {
      refuse("C_Login", answer);
    }
  }

  find(attributes: readonly Attribute[]): bigint[] {
    const wanted = template(attributes);
    this.do("C_FindObjectsInit", wanted.bytes, wanted.count);
    const found = Buffer.alloc(MOST_OBJECTS * WORD_BYTES);
    const count = Buffer.alloc(WORD_BYTES);
    this.do("C_FindObjects", found, MOST_OBJECTS, count);
    this.do("C_FindObjectsFinal");
    return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) =>
      found.readBigUInt64LE(index * WORD_BYTES),
    );
  }

  labelOf(key: bigint): string {
    const value = Buffer.alloc(256);
    const asked = template([[ATTRIBUTE.label, value]]);
    this.do("C_GetAttributeValue", key, asked.bytes, asked.count);
    const length = Number(asked.bytes.readBigUInt64LE(2 * WORD_BYTES));
    return value.toString("utf8", 0, length);
  }
}

/** Bytes that structures of C point to: kept from the garbage collector until the session ends. */
const pointedAt: Buffer[] = [];

const TRUE = Buffer.from([1]);
const FALSE = Buffer.from([0]);

/** What modules answer when a tag does not fit; some know no better than a general error. */
const REFUSALS = new Set<number>([CKR.encryptedDataInvalid, CKR.encryptedDataLength, 0x5]);

function slotOf(library: Cryptoki, token: string): bigint {
  const count = Buffer.alloc(WORD_BYTES);
  refuse("C_GetSlotList", library.call("C_GetSlotList", 1, null, count));
  const slots = Buffer.alloc(Number(count.readBigUInt64LE()) * WORD_BYTES);
  refuse("C_GetSlotList", library.call("C_GetSlotList", 1, slots, count));
  for (let offset = 0; offset < slots.length; offset += WORD_BYTES) {
    const info = Buffer.alloc(512);
    const slot = slots.readBigUInt64LE(offset);
    const isReadable = library.call("C_GetTokenInfo", slot, info) === CKR.ok;
    if (isReadable && info.toString("utf8", 0, LABEL_BYTES).trimEnd() === token) {
      return slot;
    }
  }
  throw new UnavailableError("pkcs11-token", `there is no token ${JSON.stringify(token)}`, {
    hint: "plug it in, or name the one to use in WAYBILL_PKCS11_TOKEN",
  });
}

/** @throws UnavailableError `pkcs11-answer` unless the answer is CKR_OK */
function refuse(name: FunctionName, answer: number): void {
  if (answer !== CKR.ok) {
    throw new UnavailableError("pkcs11-answer", `the token answers ${hex(answer)} to ${name}`, {
      hint: "look the number up in the module's documents; a module that was restarted is found again by the next attempt",
    });
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(WORD_BYTES);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** CK_ATTRIBUTE[]: type, address and length of each. */
function template(attributes: readonly Attribute[]): {
  readonly bytes: Buffer;
  readonly count: number;
} {
  const bytes = Buffer.concat(
    attributes.flatMap(([type, value]) => [word(type), pointer(value), word(value.length)]),
  );
  return { bytes, count: attributes.length };
}

/** CK_MECHANISM: type, address and length of the parameters. */
function mechanism(type: number, parameters: Buffer | null = null): Buffer {
  const address = parameters === null ? word(0) : pointer(parameters);
  return Buffer.concat([word(type), address, word(parameters?.length ?? 0)]);
}

/** CK_MECHANISM with CK_GCM_PARAMS. */
function gcm(nonce: Buffer, associated: Uint8Array): Buffer {
  const aad = Buffer.from(associated);
  const parameters = Buffer.concat([
    pointer(nonce),
    word(nonce.length),
    word(nonce.length * 8),
    pointer(aad),
    word(aad.length),
    word(TAG_BYTES * 8),
  ]);
  return mechanism(MECHANISM.aesGcm, parameters);
}

function pointer(bytes: Buffer): Buffer {
  pointedAt.push(bytes);
  const address = Buffer.alloc(WORD_BYTES);
  address.writeBigUInt64LE(addressOf(bytes));
  return address;
}
