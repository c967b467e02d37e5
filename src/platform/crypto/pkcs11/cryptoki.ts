/**
 * The C interface of a hardware security module's library: PKCS #11 version 2.40 (OASIS), of which we use
 * what it takes to keep AES keys in a token. Called by way of koffi, in this process: the PIN is in no
 * command line, and no compiler is needed where Waybill is installed.
 */
import koffi from "koffi";
import { must, UnavailableError } from "../../../kernel/index.ts";

/** A function's place in CK_FUNCTION_LIST, and what it takes: a number, or a pointer to bytes. */
const FUNCTIONS = {
  C_Initialize: [0, "p"],
  C_GetSlotList: [4, "bpp"],
  C_GetTokenInfo: [6, "np"],
  C_OpenSession: [12, "nnppp"],
  C_CloseSession: [13, "n"],
  C_Login: [18, "nnpn"],
  C_DestroyObject: [22, "nn"],
  C_GetAttributeValue: [24, "nnpn"],
  C_FindObjectsInit: [26, "npn"],
  C_FindObjects: [27, "npnp"],
  C_FindObjectsFinal: [28, "n"],
  C_EncryptInit: [29, "npn"],
  C_Encrypt: [30, "npnpp"],
  C_DecryptInit: [33, "npn"],
  C_Decrypt: [34, "npnpp"],
  C_GenerateKey: [58, "nppnp"],
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

/** A number, bytes that the library reads or writes, or no bytes. */
export type Argument = number | bigint | Buffer | null;

const ARGUMENT_TYPES: Readonly<Record<string, string>> = {
  n: "unsigned long",
  b: "uint8",
  p: "void *",
};

/** Pointers and CK_ULONG have as many bytes on the 64-bit systems that are supported. */
export const WORD_BYTES = 8;

/** Return values that callers tell apart (PKCS #11 v2.40, section 6.1.3 of its headers). */
export const CKR = {
  ok: 0x0,
  encryptedDataInvalid: 0x40,
  encryptedDataLength: 0x41,
  pinIncorrect: 0xa0,
  pinLocked: 0xa4,
  alreadyLoggedIn: 0x100,
  alreadyInitialised: 0x191,
} as const;

/** A library that is loaded and initialised. */
export interface Cryptoki {
  /** Calls a function and returns its CK_RV. */
  readonly call: (name: FunctionName, ...args: readonly Argument[]) => number;
}

const loaded = new Map<string, Cryptoki>();

/**
 * Loads the library once in the life of the process.
 * @throws UnavailableError `pkcs11-library` when it cannot be loaded or does not answer
 */
export function loadCryptoki(path: string): Cryptoki {
  const known = loaded.get(path);
  if (known !== undefined) {
    return known;
  }
  const library = bind(path);
  const answer = library.call("C_Initialize", null);
  if (answer !== CKR.ok && answer !== CKR.alreadyInitialised) {
    throw unusable(path, `C_Initialize answers ${hex(answer)}`);
  }
  loaded.set(path, library);
  return library;
}

/** Every function goes by the list that the library gives out: of its symbols only that one is sure. */
function bind(path: string): Cryptoki {
  if (process.platform === "win32" || koffi.sizeof("void *") !== WORD_BYTES) {
    throw unusable(path, "only 64-bit Linux and macOS are supported");
  }
  const list = functionList(path);
  const pointers: bigint[] = koffi.decode(list, WORD_BYTES, koffi.array("void *", 65));
  const types = new Map(
    Object.entries(FUNCTIONS).map(([name, [, takes]]) => {
      const args = takes.split("").map((one) => must(ARGUMENT_TYPES[one], "one of n, b and p"));
      return [name, koffi.proto("unsigned long", args)];
    }),
  );
  return {
    call: (name, ...args) => {
      const type = must(types.get(name), "each function has a type");
      return Number(koffi.call(pointers[FUNCTIONS[name][0]], type, ...args));
    },
  };
}

function functionList(path: string): bigint {
  try {
    const type = [koffi.out(koffi.pointer("void *"))];
    const getList = koffi.load(path).func("C_GetFunctionList", "unsigned long", type);
    const out: [bigint | null] = [null];
    if (Number(getList(out)) === CKR.ok && out[0] !== null) {
      return out[0];
    }
  } catch {
    // What the loader says holds paths of its own; what to look at is said below.
  }
  throw unusable(path, "it is not there, or no PKCS #11 library");
}

function unusable(path: string, why: string): UnavailableError {
  return new UnavailableError("pkcs11-library", `${path} cannot be used: ${why}`, {
    hint: "WAYBILL_PKCS11_MODULE names the library that came with the module, for example /usr/lib/softhsm/libsofthsm2.so",
  });
}

/** A return value as the standard writes it. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Where bytes lie, as a structure of C holds it. They must be kept alive until the call is over. */
export function addressOf(bytes: Buffer): bigint {
  return koffi.address(bytes);
}
