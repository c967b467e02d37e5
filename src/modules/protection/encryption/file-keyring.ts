/**
 * Key-encryption keys in files, one for each version: `FOLDER/CLIENT/1`, 0600, 64 hexadecimal digits.
 * For operators without a hardware module; the folder may lie on another disk than the data.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openSecretFile, readSecretFile } from "../../../platform/crypto/index.ts";
import { secretKey } from "../sealing/aead.ts";
import { unwrapKey, wrapKey } from "../sealing/key-wrap.ts";
import { type KeyEncryption, keyMissing, keyWrong } from "./key-encryption.ts";

const ID = /^file:([a-z][a-z0-9-]*)\/([1-9][0-9]*)$/u;

/** @param folder absolute; made when the first key is */
export function fileKeyring(folder: string): KeyEncryption {
  const fileOf = (keyId: string): string => {
    const [, client = "", version = ""] = ID.exec(keyId) ?? [];
    return join(folder, client, version);
  };
  const read = async (keyId: string): Promise<Buffer> => {
    const key = await readSecretFile(fileOf(keyId));
    if (key === undefined) {
      throw keyMissing(keyId, `${fileOf(keyId)} from a backup of the keys`);
    }
    return key;
  };
  return {
    description: `file keyring in ${folder}`,
    owns: (keyId) => ID.test(keyId),
    create: async (client) => {
      const version = (await lastVersion(join(folder, client))) + 1;
      await openSecretFile(join(folder, client, `${version}`));
      return `file:${client}/${version}`;
    },
    wrap: async (keyId, place, key) => wrapKey(secretKey(await read(keyId)), place, key),
    unwrap: async (keyId, place, wrapped) => {
      const key = unwrapKey(secretKey(await read(keyId)), place, wrapped);
      if (key === undefined) {
        throw keyWrong(keyId, `${fileOf(keyId)} from a backup of the keys`);
      }
      return key;
    },
    remove: async (keyId) => {
      const isThere = (await readSecretFile(fileOf(keyId))) !== undefined;
      await rm(fileOf(keyId), { force: true });
      return isThere;
    },
  };
}

/** The highest version in a client's folder; 0 when there is none. Other files in it are passed over. */
async function lastVersion(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") {
      return [];
    }
    throw error;
  });
  const versions = names.filter((name) => /^[1-9][0-9]*$/u.test(name)).map(Number);
  return Math.max(0, ...versions);
}
