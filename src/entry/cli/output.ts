/**
 * Where a command's words go. Results go to standard output: text for people, or with `--json` one
 * document and nothing else. Notes, progress and errors go to standard error.
 */
import { toJson } from "./json.ts";

export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream;
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

  /** The result of the command: `document` with `--json`, else what `render` makes of it. */
  result(document: unknown, render: () => string): void {
    this.#clearProgress();
    this.#streams.stdout.write(`${this.json ? toJson(document) : render()}\n`);
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
