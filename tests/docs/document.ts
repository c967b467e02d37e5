/** What of a document can be run or read by a machine: its fenced blocks, and the commands in them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface Block {
  /** What stands behind the fence: `sh`, `yaml`, or nothing. */
  readonly language: string;
  readonly text: string;
  /** The heading above it. */
  readonly heading: string;
}

export interface DocumentCommand {
  /** A line of the shell, with the lines that belong to it. */
  readonly line: string;
  /** 0, or what the line's comment says: `# exits 3`. */
  readonly exitCode: number;
}

export function readDocument(path: string): string {
  return readFileSync(`${projectRoot}/${path}`, "utf8");
}

/** The fenced blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): Block[] {
  const parts = markdown.matchAll(
    /^#{1,6} (?<heading>.*)$|^```(?<language>\w*)\n(?<text>[^]*?)^```$/gmu,
  );
  const blocks: Block[] = [];
  let current = "";
  for (const { groups } of parts) {
    current = groups?.["heading"] ?? current;
    if (groups?.["text"] !== undefined) {
      blocks.push({ language: groups["language"] ?? "", text: groups["text"], heading: current });
    }
  }
  return blocks;
}

/** A line that ends in a backslash and the next, a here-document to its end, or a single line. */
const COMMAND = /^.*<<'END'\n[^]*?^END$|^(?:.*\\\n)*.+$/gmu;

/**
 * The commands of a document's `sh` blocks, in order. Two comments speak to the test: `# exits N` names
 * another exit code than 0, and `until Ctrl-C` says that the command would not end by itself.
 * What npm runs has tests of its own.
 */
export function commandsOf(markdown: string): DocumentCommand[] {
  return blocksOf(markdown)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.match(COMMAND) ?? [])
    .filter((line) => !/^npm |# .*until Ctrl-C/u.test(line))
    .map((line) => ({ line, exitCode: Number(/# .*\bexits (\d+)/u.exec(line)?.[1] ?? 0) }));
}
