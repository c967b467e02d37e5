/** How the demo tells: chapters, paragraphs and tables, on a terminal or in a file. */

import { wrapText } from "../cli/wrap.ts";

const WIDTH = 96;

export class Story {
  readonly #write: (text: string) => void;
  readonly #bold: (text: string) => string;
  #chapter = 0;
  readonly #start = performance.now();

  /** @param isTerminal whether headings may be bold */
  constructor(write: (text: string) => void, isTerminal: boolean) {
    this.#write = write;
    this.#bold = isTerminal ? (text) => `\u001b[1m${text}\u001b[22m` : (text) => text;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    this.#write(`\n${this.#bold(`${this.#chapter}. ${title}`)}\n\n`);
  }

  /** Running text, broken into lines. */
  say(text: string): void {
    this.#write(`${wrapText(text, WIDTH).join("\n")}\n\n`);
  }

  /** Text that is shown as it is, indented. */
  show(text: string): void {
    const lines = text.split("\n").map((line) => (line === "" ? "" : `   ${line}`));
    this.#write(`${lines.join("\n")}\n\n`);
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}
