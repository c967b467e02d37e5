/**
 * Seals the sensitive values of prepared rows before they leave the process: the values themselves, and
 * what is made of them, which would give them away. A key or a subject of a sealed field becomes the
 * digits of its blind index; the hash of a row becomes a keyed one, for who has the hash of a row can try
 * every value a field may have.
 *
 * A stage of its own behind preparation: datasets without sealed fields do not pass it, and pay nothing.
 */
import { must } from "../../../kernel/index.ts";
import { findField, indexedAs } from "../../contracts/index.ts";
import type { Dataset, Field, FieldType } from "../../contracts/index.ts";
import type { Handle, Protection, SealedField } from "../../protection/index.ts";
import { unescapedCopy } from "../mapping/copy-row.ts";
import { stagingColumns } from "../prepare.ts";
import { textFormOf } from "./text-form.ts";

const NULL = "\\N";

/** A sealed field's column in the rows of COPY. */
interface SealedColumn {
  readonly at: number;
  readonly type: FieldType;
  readonly indexed: SealedField;
}

/** A part of a key that has a sealed part. */
interface KeyPart {
  readonly at: number;
  readonly sealed: SealedColumn | undefined;
}

/** A row on its way: its columns as COPY text, the texts of its sealed fields, and whose key seals them. */
interface OpenRow {
  readonly columns: string[];
  readonly texts: readonly (string | undefined)[];
  readonly handle: Handle;
}

/** Seals rows of one source of one dataset. */
export class RowSealer {
  readonly #protection: Protection;
  readonly #dataset: Dataset;
  readonly #source: string;
  readonly #columns: readonly string[];
  readonly #sealed: readonly SealedColumn[];
  /** Undefined when no part of the key is sealed: the key stays as it is. */
  readonly #key: readonly KeyPart[] | undefined;
  /** Of the subjects of the batch at hand, who have many events each. */
  readonly #handles = new Map<string, Handle>();
  readonly #at: Readonly<Record<"_key" | "_hash" | "_subject", number>>;

  constructor({
    dataset,
    source,
    protection,
  }: {
    readonly dataset: Dataset;
    readonly source: string;
    readonly protection: Protection;
  }) {
    this.#protection = protection;
    this.#dataset = dataset;
    this.#source = source;
    this.#columns = stagingColumns(dataset).map(({ name }) => name);
    this.#at = {
      _key: this.#columns.indexOf("_key"),
      _hash: this.#columns.indexOf("_hash"),
      _subject: this.#columns.indexOf("_subject"),
    };
    this.#sealed = dataset.fields
      .filter(({ sealed }) => sealed === true)
      .map((field) => this.#columnOf(field));
    const key = dataset.key.map((name) => this.#keyPart(name));
    this.#key = key.some(({ sealed }) => sealed !== undefined) ? key : undefined;
  }

  /**
   * The rows with what is sensitive in them sealed. One round trip for the keys of all rows.
   * @param copy rows of COPY text, columns as `stagingColumns` lists them
   */
  async seal(copy: Buffer): Promise<Buffer> {
    const lines = copy.toString("utf8").split("\n");
    // What follows the last row's end is nothing.
    lines.pop();
    this.#handles.clear();
    const rows = lines.map((line) => this.#open(line.split("\t")));
    const sealer = await this.#protection.sealer(new Set(rows.map(({ handle }) => handle)));
    const sealed = rows.map(({ columns, texts, handle }) => {
      this.#sealed.forEach(({ at, indexed }, index) => {
        const text = texts[index];
        if (text !== undefined) {
          columns[at] = byteaText(sealer.seal(handle, indexed, text));
        }
      });
      return `${columns.join("\t")}\n`;
    });
    return Buffer.from(sealed.join(""), "utf8");
  }

  /** Takes a row apart, and replaces in it what is made of sensitive values. */
  #open(columns: string[]): OpenRow {
    const texts = this.#sealed.map(({ at, type }) => {
      const value = columns[at] ?? NULL;
      return value === NULL ? undefined : textFormOf(type, unescapedCopy(value));
    });
    const hash = this.#at._hash;
    columns[hash] = this.#protection
      .keyedHash(`row ${this.#dataset.name}`, columns[hash] ?? "")
      .toString("hex", 0, 16);
    if (this.#key !== undefined) {
      columns[this.#at._key] = this.#key.map((part) => this.#keyText(part, columns)).join("|");
    }
    this.#blindSubject(columns, texts);
    return { columns, texts, handle: this.#handleOf(columns) };
  }

  #blindSubject(columns: string[], texts: OpenRow["texts"]): void {
    if (this.#dataset.kind !== "event") {
      return;
    }
    const subject = this.#column(this.#dataset.subject.field);
    const index = this.#sealed.findIndex(({ at }) => at === subject);
    const sealed = this.#sealed[index];
    if (sealed !== undefined) {
      const text = must(texts[index], "an event without its subject is refused");
      columns[this.#at._subject] = this.#blind(sealed, text);
    }
  }

  /** Whose key it is: of the person that an event names, else of the source record itself. */
  #handleOf(columns: readonly string[]): Handle {
    if (this.#dataset.kind === "event") {
      const { dataset, target } = this.#dataset.subject;
      const subject = unescapedCopy(columns[this.#at._subject] ?? "");
      const known = this.#handles.get(subject);
      const handle = known ?? this.#protection.handleOf([dataset, target, subject]);
      this.#handles.set(subject, handle);
      return handle;
    }
    const key = columns[this.#at._key] ?? NULL;
    const own = key === NULL ? columns[this.#at._hash] : unescapedCopy(key);
    return this.#protection.handleOf([this.#dataset.name, this.#source, own ?? ""]);
  }

  #keyText({ at, sealed }: KeyPart, columns: readonly string[]): string {
    const value = columns[at] ?? NULL;
    if (sealed !== undefined) {
      return this.#blind(sealed, textFormOf(sealed.type, unescapedCopy(value)));
    }
    return value.replaceAll("%", "%25").replaceAll("|", "%7C");
  }

  #blind({ indexed }: SealedColumn, text: string): string {
    return this.#protection.blindIndex(indexed, text).toString("hex");
  }

  #keyPart(name: string): KeyPart {
    const at = this.#column(name);
    return { at, sealed: this.#sealed.find((column) => column.at === at) };
  }

  #columnOf(field: Field): SealedColumn {
    const { name, type } = must(findField(this.#dataset, field.name), "a field of the dataset");
    return { at: this.#column(name), type, indexed: indexedAs(this.#dataset, name) };
  }

  #column(name: string): number {
    const at = this.#columns.indexOf(name);
    return must(at < 0 ? undefined : at, "the staging table has a column for each field");
  }
}

/** Bytes as COPY text of a `bytea`: the backslash of its hexadecimal form is escaped. */
function byteaText(bytes: Buffer): string {
  return `\\\\x${bytes.toString("hex")}`;
}
