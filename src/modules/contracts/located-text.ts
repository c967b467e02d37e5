/** Files of text as they are read here, and the place of each character in them. */
import type { Issue, Result } from "../../kernel/index.ts";
import { err, ok } from "../../kernel/index.ts";
import type { LocatedDocument, Place } from "./located-yaml.ts";

/** Contracts of hundreds of fields are below 200 kB. */
export const MAX_FILE_BYTES = 1_048_576;

/** The text of a file, or why there is none. */
export function readText(bytes: Uint8Array, fileName: string): Result<string, Issue[]> {
  const refuse = (message: string, hint: string): Result<string, Issue[]> =>
    err([{ at: fileName, message, hint }]);
  if (bytes.byteLength > MAX_FILE_BYTES) {
    return refuse(
      `the file has ${bytes.byteLength} bytes; at most ${MAX_FILE_BYTES} are read`,
      "split it, or store data elsewhere",
    );
  }
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse("the file is not UTF-8 text", "save the file as UTF-8");
  }
}

/**
 * A policy file: its Cedar text under the name of its file. What it means is for the policies to say.
 * Its places are those of characters: `["text", offset]`, in UTF-16 units from 0.
 */
export function readPolicyText(
  bytes: Uint8Array,
  fileName: string,
): Result<LocatedDocument, Issue[]> {
  const read = readText(bytes, fileName);
  if (!read.ok) {
    return read;
  }
  const text = read.value;
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    const message = "the file holds a NUL character";
    const hint = "remove it: it cannot be stored";
    return err([{ at: fileName, message, hint, ...placeOf(text, zero) }]);
  }
  const [name = ""] = (fileName.split("/").at(-1) ?? "").split(".cedar");
  return ok({
    fileName,
    value: { policy: name, text },
    locate: ([member, offset]) =>
      placeOf(text, member === "text" && typeof offset === "number" ? offset : 0),
  });
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - start + 1 };
}
