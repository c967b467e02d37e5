/** How the demo tells: chapters, paragraphs and tables, on a terminal or in a file. */

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
    this.#write(`${broken(text)}\n\n`);
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

function broken(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/u)) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}
