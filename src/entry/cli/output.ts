/**
 * Where a command's words go. Results go to standard output: text for people, or with `--json` one
 * document and nothing else. Notes, progress and errors go to standard error.
 */
import { toJson, toJsonLine } from "./json.ts";

export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export class Output {
  readonly json: boolean;
  readonly #streams: OutputStreams;
  #progressShown = false;

  constructor(json: boolean, streams: OutputStreams) {
    this.json = json;
    this.#streams = streams;
  }

  /**
   * The result of the command: `document` with `--json`, else what `render` makes of it for a terminal
   * of so many columns; undefined where it goes into a file or a pipe, whose lines may be of any length.
   */
  result(document: unknown, render: (columns: number | undefined) => string): void {
    this.#clearProgress();
    const { stdout } = this.#streams;
    stdout.write(`${this.json ? toJson(document) : render(stdout.columns)}\n`);
  }

  /** One of many results, as it happens: with `--json` a document on one line. */
  line(document: unknown, render: () => string): void {
    this.#clearProgress();
    this.#streams.stdout.write(`${this.json ? toJsonLine(document) : render()}\n`);
  }

  /** Something worth knowing while it goes on. */
  note(text: string): void {
    this.#clearProgress();
    this.#streams.stderr.write(`${text}\n`);
  }

  /** Replaces the last progress line on a terminal; silent elsewhere, so that logs stay readable. */
  progress(text: string): void {
    if (this.#streams.stderr.isTTY === true) {
      this.#streams.stderr.write(`\r\u001b[2K${text}`);
      this.#progressShown = true;
    }
  }

  #clearProgress(): void {
    if (this.#progressShown) {
      this.#streams.stderr.write("\r\u001b[2K");
      this.#progressShown = false;
    }
  }
}
