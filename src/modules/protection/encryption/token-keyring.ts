/**
 * Key-encryption keys in a PKCS #11 token: a hardware security module, a smart card, or SoftHSM. They
 * wrap inside of the token and cannot be read. Ids follow RFC 7512.
 */
import type { Token } from "../../../platform/crypto/index.ts";
import { type KeyEncryption, keyMissing, keyWrong } from "./key-encryption.ts";

const OBJECT = /^waybill-(.+)-([1-9][0-9]*)$/u;

/** The calls block this process: two in its life, of a few milliseconds each. */
export function tokenKeyring(token: Token): KeyEncryption {
  const prefix = `pkcs11:token=${encodeURIComponent(token.label)};object=`;
  const labelOf = (keyId: string): string => keyId.slice(prefix.length);
  const restore = `the token ${token.label} with this key`;
  return {
    description: `PKCS #11 token ${token.label}`,
    owns: (keyId) => keyId.startsWith(prefix),
    create: async (client) => {
      await Promise.resolve();
      const versions = token
        .labels()
        .map((label) => OBJECT.exec(label) ?? [])
        .filter(([, name]) => name === client)
        .map(([, , version]) => Number(version));
      const label = `waybill-${client}-${Math.max(0, ...versions) + 1}`;
      token.generate(label);
      return `${prefix}${label}`;
    },
    wrap: async (keyId, place, key) => {
      await Promise.resolve();
      const wrapped = token.encrypt(labelOf(keyId), key, place);
      if (wrapped === undefined) {
        throw keyMissing(keyId, restore);
      }
      return wrapped;
    },
    unwrap: async (keyId, place, wrapped) => {
      await Promise.resolve();
      const key = token.decrypt(labelOf(keyId), wrapped, place);
      if (key === undefined) {
        throw keyMissing(keyId, restore);
      }
      if (key === "wrong") {
        throw keyWrong(keyId, restore);
      }
      return key;
    },
    remove: async (keyId) => {
      await Promise.resolve();
      return token.destroy(labelOf(keyId));
    },
  };
}
