import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RefusedError } from "../../kernel/index.ts";

const ownerOnly = 0o600;
const othersMayAnything = 0o077;
const secretBytes = 32;

/**
 * The private Ed25519 key (RFC 8032) in a PEM file (PKCS #8), which is made on first use with mode
 * 0600. Two processes that make it at once end with the same key.
 * @throws RefusedError when others may read the file, or it holds another kind of key
 */
export async function openKeyFile(file: string): Promise<KeyObject> {
  const fresh = (): string => {
    const { privateKey } = generateKeyPairSync("ed25519");
    return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  };
  return parseKey(file, await openOwnFile(file, fresh));
}

/**
 * A secret of 32 random bytes in a file (64 hexadecimal digits), which is made on first use with mode
 * 0600. Two processes that make it at once end with the same secret.
 * @throws RefusedError when others may read the file, or it holds something else
 */
export async function openSecretFile(file: string): Promise<Buffer> {
  const fresh = (): string => `${randomBytes(secretBytes).toString("hex")}\n`;
  return parseSecret(file, await openOwnFile(file, fresh));
}

/**
 * The secret in a file of {@link openSecretFile}'s, which is not made: undefined when it is not there.
 * @throws RefusedError when others may read the file, or it holds something else
 */
export async function readSecretFile(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, "utf8").catch(missingAsUndefined);
  if (text === undefined) {
    return undefined;
  }
  await refuseOpenFile(file);
  return parseSecret(file, text);
}

function parseSecret(file: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\n$/.test(text)) {
    throw new RefusedError("key-file-kind", `${file} holds no secret of ${secretBytes} bytes`, [], {
      hint: "restore the file from a backup; what was made with its secret cannot be made again without it",
    });
  }
  return Buffer.from(text.trimEnd(), "hex");
}

/** The contents of a file that only its owner may read, made by `fresh` when it is not there. */
async function openOwnFile(file: string, fresh: () => string): Promise<string> {
  const existing = await readFile(file, "utf8").catch(missingAsUndefined);
  if (existing === undefined) {
    await makeOwnFile(file, fresh());
    return await readFile(file, "utf8");
  }
  await refuseOpenFile(file);
  return existing;
}

function missingAsUndefined(error: unknown): undefined {
  if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") {
    return undefined;
  }
  throw error;
}

/** Written aside and synced, then linked into place: never half a key, never one over another. */
async function makeOwnFile(file: string, contents: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(aside, "wx", ownerOnly);
  try {
    await handle.writeFile(contents);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // Another process may have been first: then its key is the key.
    await link(aside, file).catch(existingAsDone);
  } finally {
    await rm(aside, { force: true });
  }
}

function existingAsDone(error: unknown): void {
  if (!(error instanceof Error && Reflect.get(error, "code") === "EEXIST")) {
    throw error;
  }
}

async function refuseOpenFile(file: string): Promise<void> {
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & othersMayAnything) !== 0) {
    throw new RefusedError(
      "key-file-open",
      `others than its owner may use the key in ${file}`,
      [],
      {
        hint: `chmod 600 ${file}, and think about whether the key is still a secret`,
      },
    );
  }
}

function parseKey(file: string, pem: string): KeyObject {
  const key = privateKeyFrom(pem);
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new RefusedError("key-file-kind", `${file} holds no Ed25519 private key`, [], {
      hint: "restore the file from a backup; without it earlier waybills can be verified but no new ones signed with that key",
    });
  }
  return key;
}

function privateKeyFrom(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
