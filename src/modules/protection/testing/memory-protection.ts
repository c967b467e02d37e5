/**
 * Protection without a key database, for tests of those who seal and open: the real seals, with keys
 * that are kept in memory only.
 */
import { createHash, randomBytes } from "node:crypto";
import { type HeldKey, heldOpener, heldSealer } from "../held-keys.ts";
import type { Handle, Protection } from "../protection.ts";
import { KEY_BYTES } from "../sealing/aead.ts";
import { clientKeys, handleOf, keyedHash } from "../sealing/client-keys.ts";
import { asBuffer, handleIn } from "../sealing/layout.ts";
import { SealedValues } from "../sealing/sealed-value.ts";
import { SubjectKey } from "../sealing/subject-key.ts";

/** @param client its lasting keys follow from the name, so that handles and indexes are the same in each run */
export function memoryProtection(client = "acme"): Protection {
  const lasting = clientKeys(client, createHash("sha256").update(client).digest());
  const values = new SealedValues(lasting);
  const keys = new KeysInMemory();
  return {
    client,
    handleOf: (owner) => handleOf(lasting, owner),
    blindIndex: (field, text) => values.blindIndex(field, text),
    keyedHash: (purpose, bytes) => keyedHash(lasting, purpose, bytes),
    sealer: (handles) => Promise.resolve(heldSealer(values, client, keys.make(handles))),
    opener: (sealed) => {
      const handles = [...sealed].flatMap((bytes) => handleIn(asBuffer(bytes ?? NOTHING)) ?? []);
      return Promise.resolve(heldOpener(values, client, keys.find(handles)));
    },
    openerOf: (handles) => Promise.resolve(heldOpener(values, client, keys.find(handles))),
    secretsOf: (handles, purpose) => {
      const made = keys.make(handles);
      return Promise.resolve(handles.map((handle) => made.get(handle)?.key?.secret(purpose)));
    },
    destroy: (handles) => Promise.resolve(keys.destroy(new Set(handles))),
    revive: (handles) => Promise.resolve(keys.revive(new Set(handles))),
  };
}

const NOTHING = new Uint8Array();

class KeysInMemory {
  readonly #keys = new Map<Handle, SubjectKey>();
  readonly #everDestroyed = new Set<Handle>();
  readonly #forbidden = new Set<Handle>();

  find(handles: Iterable<Handle>): Map<Handle, HeldKey> {
    const held = (handle: Handle): HeldKey => ({
      key: this.#keys.get(handle),
      isDestroyed: this.#everDestroyed.has(handle),
    });
    return new Map([...handles].map((handle) => [handle, held(handle)]));
  }

  make(handles: Iterable<Handle>): Map<Handle, HeldKey> {
    const all = [...handles];
    for (const handle of all) {
      if (!this.#keys.has(handle) && !this.#forbidden.has(handle)) {
        this.#keys.set(handle, new SubjectKey(randomBytes(KEY_BYTES)));
      }
    }
    return this.find(all);
  }

  destroy(handles: ReadonlySet<Handle>): { destroyed: number; absent: number } {
    let destroyed = 0;
    for (const handle of handles) {
      destroyed += this.#keys.delete(handle) ? 1 : 0;
      this.#everDestroyed.add(handle);
      this.#forbidden.add(handle);
    }
    return { destroyed, absent: handles.size - destroyed };
  }

  revive(handles: ReadonlySet<Handle>): number {
    return [...handles].filter((handle) => this.#forbidden.delete(handle)).length;
  }
}
