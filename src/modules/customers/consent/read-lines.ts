/** A file of consents, line by line: what each says, or why it cannot be taken. Pure but for the reading. */
import { didYouMean, InvalidInputError, type Issue } from "../../../kernel/index.ts";
import type { Catalogue, CustomerDataset } from "../../contracts/index.ts";
import { CONSENT_CHANNELS, isConsentChannel, parseAsOf } from "../../criteria/index.ts";
import { type ConsentStatement, statementIssues } from "./statement.ts";

/** How a line says whose statement it is. */
export type Whose =
  | { readonly by: "key"; readonly source: string; readonly key: string }
  | { readonly by: "identifier"; readonly field: string; readonly value: string };

/** A line that says something. */
export interface StatementLine {
  /** 1-based line in the file. */
  readonly line: number;
  readonly whose: Whose;
  readonly statement: ConsentStatement;
}

/** A line that was not taken. */
export interface RefusedLine {
  readonly line: number;
  readonly issues: readonly Issue[];
}

const REQUIRED = ["purpose", "channel", "state", "stated", "source"] as const;
const OPTIONAL = ["from", "expires", "proof", "proof_sha256"] as const;
const BY_KEY = ["record_source", "record_key"] as const;

/** What a file's columns mean for its lines. */
export interface Layout {
  readonly columns: readonly string[];
  /** The identifier by which customers are named; undefined: by `record_source` and `record_key`. */
  readonly identifier: string | undefined;
}

/**
 * Reads the first line.
 * @throws InvalidInputError `consent-columns` with everything that is missing or not known
 */
export function readLayout(columns: readonly string[], dataset: CustomerDataset): Layout {
  const identifiers = dataset.fields.filter(({ identifier }) => identifier).map(({ name }) => name);
  const known: readonly string[] = [...BY_KEY, ...identifiers, ...REQUIRED, ...OPTIONAL];
  const issues: Issue[] = columns.flatMap((column, index) => {
    if (!known.includes(column)) {
      const hint = didYouMean(column, known) ?? `known are ${known.join(", ")}`;
      return [{ at: `column ${index + 1}`, message: `${column} is not known here`, hint }];
    }
    const isTwice = columns.indexOf(column) !== index;
    return isTwice ? [{ at: `column ${index + 1}`, message: `${column} is there twice` }] : [];
  });
  for (const column of REQUIRED) {
    if (!columns.includes(column)) {
      issues.push({ at: "columns", message: `there is no column ${column}` });
    }
  }
  const named = identifiers.filter((name) => columns.includes(name));
  const keys = BY_KEY.filter((name) => columns.includes(name));
  if (named.length + keys.length / BY_KEY.length !== 1) {
    const message = "it must be clear from one thing whose each statement is";
    const hint = `the columns record_source and record_key, or one of ${identifiers.join(", ")}`;
    issues.push({ at: "columns", message, hint });
  }
  if (issues.length > 0) {
    throw new InvalidInputError("consent-columns", "the columns are not those of consents", issues);
  }
  return { columns, identifier: named[0] };
}

/** Reads one line after the first. Issues name columns and never values. */
export function readLine(
  { columns, identifier }: Layout,
  { line, values }: { readonly line: number; readonly values: readonly string[] },
  against: { readonly catalogue: Catalogue; readonly now: Date },
): StatementLine | RefusedLine {
  if (values.length !== columns.length) {
    const message = `the line has ${values.length} values for ${columns.length} columns`;
    return { line, issues: [{ at: "line", message }] };
  }
  const cells = new Map(columns.map((column, index) => [column, values[index]?.trim() ?? ""]));
  const cell = (column: string): string => cells.get(column) ?? "";
  const reader = new LineReader(cell, against.catalogue.timeZone);
  const channel = reader.channel();
  const granted = reader.isGranted();
  const statedAt = reader.instant("stated");
  const startsAt = reader.optionalInstant("from") ?? statedAt;
  const statement: ConsentStatement = {
    purpose: cell("purpose"),
    channel,
    granted,
    statedAt,
    startsAt,
    expiresAt: reader.optionalInstant("expires"),
    source: cell("source"),
    proof: filled(cell("proof")),
    proofSha256: reader.proofSha256(),
  };
  const whose: Whose =
    identifier === undefined
      ? { by: "key", source: reader.text("record_source"), key: reader.text("record_key") }
      : { by: "identifier", field: identifier, value: reader.text(identifier) };
  const issues = reader.issues.length > 0 ? reader.issues : statementIssues(statement, against);
  return issues.length > 0 ? { line, issues } : { line, whose, statement };
}

/** Reads the cells of a line and collects what is wrong with them. */
class LineReader {
  readonly issues: Issue[] = [];
  readonly #cell: (column: string) => string;
  readonly #timeZone: string;

  constructor(cell: (column: string) => string, timeZone: string) {
    this.#cell = cell;
    this.#timeZone = timeZone;
  }

  text(column: string): string {
    const text = this.#cell(column);
    if (text === "") {
      this.issues.push({ at: column, message: `${column} is empty` });
    }
    return text;
  }

  channel(): ConsentStatement["channel"] {
    const word = this.#cell("channel").toLowerCase();
    if (isConsentChannel(word)) {
      return word;
    }
    const hint = `channels are ${CONSENT_CHANNELS.join(", ")}`;
    this.issues.push({ at: "channel", message: "that is no channel", hint });
    return "any";
  }

  isGranted(): boolean {
    const word = this.#cell("state").toLowerCase();
    if (word !== "granted" && word !== "withdrawn") {
      this.issues.push({ at: "state", message: "a state is granted or withdrawn" });
    }
    return word === "granted";
  }

  instant(column: string): Date {
    try {
      return parseAsOf(this.#cell(column), this.#timeZone);
    } catch (error) {
      if (error instanceof InvalidInputError) {
        const message = `${column} is neither a day nor an instant with a time zone`;
        const hint = "write 2026-01-31, or 2026-01-31T12:00:00Z";
        this.issues.push({ at: column, message, hint });
        return new Date(0);
      }
      throw error;
    }
  }

  optionalInstant(column: string): Date | undefined {
    return this.#cell(column) === "" ? undefined : this.instant(column);
  }

  proofSha256(): string | undefined {
    const text = this.#cell("proof_sha256").toLowerCase();
    if (text !== "" && !/^[0-9a-f]{64}$/u.test(text)) {
      this.issues.push({ at: "proof_sha256", message: "a SHA-256 has 64 hexadecimal digits" });
    }
    return filled(text);
  }
}

function filled(text: string): string | undefined {
  return text === "" ? undefined : text;
}
