/**
 * Hashes of a tree, four at a time. `hash` of `node:crypto` takes 0.3 to 0.4 µs for 49 or 65 bytes, nearly all of
 * it the way out of JavaScript and back; here they take 0.09 and 0.16 µs, whatever instructions the
 * processor has for SHA-256. Longer messages gain nothing: 330 bytes take 0.45 to 0.5 µs either way.
 */
import { constantVectors, FIRST_ADDRESS, sha256Module } from "./sha256-code.ts";

/** The part of the WebAssembly JavaScript Interface that is used; the types of the language lack it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const HASH_BYTES = 32;
const LANES = 4;

/** What is hashed behind its first byte: for a node, both children; for a gap, its salt and two numbers. */
const NODES = { name: "nodes", first: 0x01, bytes: 64 } as const;
const GAPS = { name: "gaps", first: 0x00, bytes: 48 } as const;

/** How many hashes or gaps are taken at once: what a page of WebAssembly's memory (64 KiB) holds. */
export const LANES_BATCH = 1024;

type LaneFunction = (from: number, to: number, groups: number) => void;

interface Lanes {
  readonly memory: Uint8Array;
  readonly nodes: LaneFunction;
  readonly gaps: LaneFunction;
}

let lanes: Lanes | undefined;

/** The root of a perfect tree over {@link LANES_BATCH} hashes that lie one after another. */
export function batchRoot(hashes: Uint8Array): Buffer {
  const { memory, nodes } = (lanes ??= begin());
  memory.set(hashes, FIRST_ADDRESS);
  for (let pairs = LANES_BATCH / 2; pairs >= 1; pairs /= 2) {
    nodes(FIRST_ADDRESS, FIRST_ADDRESS, Math.ceil(pairs / LANES));
  }
  return Buffer.from(memory.subarray(FIRST_ADDRESS, FIRST_ADDRESS + HASH_BYTES));
}

/** Leaf hashes of {@link LANES_BATCH} gaps that lie one after another without their first byte; until the next call. */
export function batchOfGaps(gaps: Uint8Array): Uint8Array {
  const { memory, gaps: hash } = (lanes ??= begin());
  memory.set(gaps, FIRST_ADDRESS);
  hash(FIRST_ADDRESS, FIRST_ADDRESS, LANES_BATCH / LANES);
  return memory.subarray(FIRST_ADDRESS, FIRST_ADDRESS + LANES_BATCH * HASH_BYTES);
}

/** Takes some 10 ms, so whoever has few hashes makes them one by one. */
function begin(): Lanes {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Uint32Array(memory.buffer).set(constantVectors());
  const module = new WebAssembly.Module(sha256Module([NODES, GAPS]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { ...functionsOf(exports), memory: new Uint8Array(memory.buffer) };
}

/** The boundary to the module: it exports what it was given names for. */
function functionsOf(exports: unknown): Pick<Lanes, "nodes" | "gaps"> {
  return exports as Pick<Lanes, "nodes" | "gaps">;
}
