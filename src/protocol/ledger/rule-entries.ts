/** What a ledger tells of the rules in force, and of the keys and witnesses that they stand on. */
import { z } from "zod";
import { common, count, name, sha256 } from "./parts.ts";

/** A contract was put in force. `about`: `contract`. */
const contractApplied = z.strictObject({
  ...common,
  kind: z.literal("contract-applied"),
  about: z.literal("contract"),
  contract: z.strictObject({ id: name, version: name, sha256 }),
});

/** A definition was put in force, or taken out of it. `about`: its kind and name, as `route weekly`. */
const definitionApplied = z.strictObject({
  ...common,
  kind: z.literal("definition-applied"),
  about: name,
  definition: z.strictObject({
    kind: name,
    name,
    version: z.int().positive(),
    /** Absent when the definition was removed. */
    sha256: sha256.optional(),
  }),
});

/** The key that wraps a client's keys was replaced. `about`: `keys`. */
const keyRotated = z.strictObject({
  ...common,
  kind: z.literal("key-rotated"),
  about: z.literal("keys"),
  key: z.strictObject({
    /** How the key is called where it lies; never the key. */
    id: name,
    version: z.int().positive(),
  }),
});

/** Keys of data subjects were destroyed, and with them what they sealed. `about`: `keys`. */
const subjectKeysDestroyed = z.strictObject({
  ...common,
  kind: z.literal("subject-keys-destroyed"),
  about: z.literal("keys"),
  keys: z.strictObject({
    count,
    /** The request that asked for it, when one did. */
    request: name.optional(),
  }),
});

const witness = z.strictObject({
  /** Its key in the form that tools take it: `name+id+base64`. */
  key: name,
});

/** A witness is asked from now on. `about`: `witness NAME`. */
const witnessAdded = z.strictObject({
  ...common,
  kind: z.literal("witness-added"),
  about: name,
  witness,
});

/** A witness is not asked any more. `about`: `witness NAME`. */
const witnessRemoved = z.strictObject({
  ...common,
  kind: z.literal("witness-removed"),
  about: name,
  witness,
});

export const ruleEntries = [
  contractApplied,
  definitionApplied,
  keyRotated,
  subjectKeysDestroyed,
  witnessAdded,
  witnessRemoved,
] as const;
