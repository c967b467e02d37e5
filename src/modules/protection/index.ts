/** Values that rest sealed: keys per person, envelope encryption, look-up by equality, destruction. */
export { type Replay, replayJournal } from "./destruction.ts";
export { type KeyEncryption, keyEncryptions } from "./encryption/key-encryption.ts";
export { type Finding, type KeyStatus, keyStatus, verifyKeys } from "./examination.ts";
export { fileKeyring } from "./encryption/file-keyring.ts";
export { tokenKeyring } from "./encryption/token-keyring.ts";
export { JournalFile, type JournalLine } from "./journal/journal-file.ts";
export type { KeyPlace } from "./keyring.ts";
export { openProtection } from "./open-protection.ts";
export {
  type Destruction,
  type Handle,
  type Opener,
  type Protection,
  type SealedField,
  type Sealer,
  shredded,
  type Shredded,
} from "./protection.ts";
export { retireKeys, type Rotation, rotateKeys, type RotationOptions } from "./rotation.ts";
