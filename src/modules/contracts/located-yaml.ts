/**
 * YAML 1.2 with the place of everything in it. What the files of a client may not do: duplicate keys,
 * merge keys, tags, more than one document, text that PostgreSQL cannot store, numbers that lose
 * digits, and structures that are small on disk and large in memory.
 */
import type { Issue } from "../../kernel/index.ts";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Pair, Scalar } from "yaml";
import { readText } from "./located-text.ts";

/** Keys of maps and 0-based positions in lists, from the root. */
export type Path = readonly (string | number)[];

/** 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface LocatedDocument {
  readonly fileName: string;
  readonly value: unknown;
  /** Where the value (or its key) stands; for a path that is not there, its nearest ancestor. */
  readonly locate: (path: Path, part?: "key" | "value") => Place;
}

/** Parsed, or every reason why not. */
export type ReadYaml =
  | { readonly ok: true; readonly value: LocatedDocument }
  | { readonly ok: false; readonly error: readonly Issue[] };

const MAX_DEPTH = 40;
/** Of the library: how many values aliases may stand for, counted with their repetitions. */
const MAX_ALIASED = 100;

/** Parses one file. */
export function readYaml(bytes: Uint8Array, fileName: string): ReadYaml {
  const text = readText(bytes, fileName);
  return text.ok ? parseText(text.value, fileName) : text;
}

/** Names a place in a file the way issues do: `contract.yaml: schema[0].properties[3].name`. */
export function spellPath(fileName: string, path: Path): string {
  const spelled = path.map((part) =>
    typeof part === "number" ? `[${part}]` : `.${spellKey(part)}`,
  );
  return path.length === 0 ? fileName : `${fileName}: ${spelled.join("").replace(/^\./u, "")}`;
}

function spellKey(key: string): string {
  return /^[\w.-]{1,80}$/u.test(key) ? key : JSON.stringify(key.slice(0, 80));
}

function parseText(text: string, fileName: string): ReadYaml {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    resolveKnownTags: false,
    merge: false,
    // The library compares each key with all before it: 80,000 keys took minutes. The walk uses a set.
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const problems = [...document.errors, ...document.warnings];
  const issues: Issue[] = problems.slice(0, 20).map((problem) => ({
    at: fileName,
    message: `not YAML as it is read here: ${SYNTAX[problem.code] ?? problem.message}`,
    ...place(problem.pos[0]),
  }));
  if (issues.length === 0) {
    const walk: Walk = { fileName, place, issues, open: new Set() };
    checkNode(document.contents, [], walk);
  }
  if (issues.length > 0) {
    return { ok: false, error: issues };
  }
  return construct(document, { fileName, place });
}

const SYNTAX: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "the file holds more than one document; keep one, without a second ---",
  RESOURCE_EXHAUSTION: "it is nested too deeply",
  TAG_RESOLVE_FAILED: "tags such as !name are not used here",
  NON_STRING_KEY: "keys must be plain text",
};

interface Source {
  readonly fileName: string;
  readonly place: (offset: number) => Place;
}

interface Walk extends Source {
  /** Anchors whose node is being walked: an alias to one of them would hold itself. */
  readonly open: Set<string>;
  readonly issues: Issue[];
}

function construct(document: Document.Parsed, { fileName, place }: Source): ReadYaml {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASED });
    const locate: LocatedDocument["locate"] = (path, part = "value") =>
      place(offsetOf(document.contents, path, part));
    return { ok: true, value: { fileName, value, locate } };
  } catch {
    const message = "its aliases (*name) repeat too much";
    return { ok: false, error: [{ at: fileName, message, hint: "write the values out" }] };
  }
}

function checkNode(node: unknown, path: Path, walk: Walk): void {
  const report = (message: string, hint: string): void => {
    walk.issues.push({
      at: spellPath(walk.fileName, path),
      message,
      hint,
      ...walk.place(startOf(node)),
    });
  };
  if (path.length > MAX_DEPTH) {
    report(`is nested more than ${MAX_DEPTH} levels deep`, "flatten it");
  } else if (isMap(node) || isSeq(node)) {
    const anchor = node.anchor ?? "";
    walk.open.add(anchor);
    if (isMap(node)) {
      checkKeys(node.items, path, walk);
    } else {
      node.items.forEach((item, index) => checkNode(item, [...path, index], walk));
    }
    walk.open.delete(anchor);
  } else if (isScalar(node)) {
    const problem = scalarProblem(node);
    if (problem !== undefined) {
      report(...problem);
    }
  } else if (isAlias(node) && walk.open.has(node.source)) {
    report("holds itself through an alias (*name)", "write the values out");
  }
}

function checkKeys(pairs: readonly Pair[], path: Path, walk: Walk): void {
  const seen = new Set<string>();
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : "";
    const at = [...path, name];
    const report = (message: string, hint: string): void => {
      const place = walk.place(startOf(key));
      walk.issues.push({ at: spellPath(walk.fileName, at), message, hint, ...place });
    };
    const problem = isScalar(key) ? scalarProblem(key) : undefined;
    if (problem !== undefined) {
      report(...problem);
    } else if (name === "__proto__" || name === "<<" || name === "") {
      report("is a key that is not read here", "write the keys out, each with its name");
    } else if (seen.has(name)) {
      report("is given twice", "keep one of the two");
    } else {
      checkNode(value, at, walk);
    }
    seen.add(name);
  }
}

function scalarProblem({ value, source }: Scalar): [message: string, hint: string] | undefined {
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
    return ["holds a NUL character or half a character", "remove it: it cannot be stored"];
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return ["is not a finite number", "leave the bound out to mean that there is none"];
  }
  if (typeof value === "number" && source !== undefined && !isExact(value, source)) {
    return ["has more digits than a number keeps", "write it as text, in quotes"];
  }
  return undefined;
}

/** Whether the plain decimal text survives as a binary number: 0.1 does, 12345678901234567.89 does not. */
function isExact(value: number, source: string): boolean {
  const plain = /^[-+]?(\d+)(?:\.(\d+))?$/u.exec(source);
  if (plain === null) {
    return true;
  }
  const fraction = (plain[2] ?? "").replace(/0+$/u, "");
  const whole = (plain[1] ?? "").replace(/^0+(?=\d)/u, "");
  const [mantissa = "", exponent] = String(Math.abs(value)).split("e");
  // Small and large numbers print with an exponent; what they mean is checked by digits alone.
  const digits = exponent === undefined ? mantissa : mantissa.replace(".", "");
  const written = fraction === "" ? whole : `${whole}.${fraction}`;
  const kept = exponent === undefined ? written : written.replace(".", "").replace(/^0+|0+$/gu, "");
  return kept === digits;
}

function offsetOf(root: unknown, path: Path, part: "key" | "value"): number {
  let node = root;
  let start = startOf(root);
  for (const [depth, step] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) {
        return start;
      }
      node = pair.value;
      const wantsKey = !isScalar(node) || (isLast && part === "key");
      start = startOf(wantsKey ? pair.key : node);
    } else if (isSeq(node) && typeof step === "number" && node.items[step] !== undefined) {
      node = node.items[step];
      start = startOf(node);
    } else {
      return start;
    }
  }
  return start;
}

function startOf(node: unknown): number {
  const isLocated = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
  return isLocated ? (node.range?.[0] ?? 0) : 0;
}
