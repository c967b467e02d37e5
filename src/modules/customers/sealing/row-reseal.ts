/** What the rows of a dataset become that seals other fields: pure but for the keys. */
import { createHash } from "node:crypto";
import {
  type Catalogue,
  type Dataset,
  type Field,
  findField,
  hasSealedFields,
  indexedAs,
  type ResealedDataset,
} from "../../contracts/index.ts";
import { must } from "../../../kernel/index.ts";
import { type Opener, type Protection, shredded } from "../../protection/index.ts";
import type { ResealedRow, StoredRow } from "../store/reseal-rows.ts";

/** The text forms of a row's fields, sealed ones opened. */
type Texts = ReadonlyMap<string, string | null>;

/** Reseals the rows of one dataset. */
export class RowReseal {
  /** The fields that are needed, as they are stored. */
  readonly needed: readonly Field[];
  readonly #protection: Protection;
  readonly #change: ResealedDataset;
  /** Fields whose value is all that a record has which an event created: its key, and of it its hash. */
  readonly #named: readonly string[];

  constructor(
    protection: Protection,
    { after, change }: { readonly after: Catalogue; readonly change: ResealedDataset },
  ) {
    this.#protection = protection;
    this.#change = change;
    const { before, fields } = change;
    const identifiers = after.datasets.flatMap((dataset) =>
      dataset.kind === "event" && dataset.createsCustomers ? [dataset.subject.target] : [],
    );
    this.#named = before.kind === "customer" ? identifiers : [];
    const subject = before.kind === "event" ? [before.subject.field] : [];
    const names = new Set([
      ...fields.map(({ name }) => name),
      ...before.key,
      ...subject,
      ...this.#named,
    ]);
    this.needed = before.fields.filter(({ name }) => names.has(name));
  }

  /** The rows as they will be. One round trip for the keys of all of them. */
  async rows(rows: readonly StoredRow[]): Promise<ResealedRow[]> {
    const sealed = rows.flatMap(({ values }) =>
      Object.values(values).filter((value) => Buffer.isBuffer(value)),
    );
    const opener = await this.#protection.opener(sealed);
    const opened = rows.map((row) => {
      const texts = this.#texts(row, opener);
      const { key, hash } = this.#keyAndHash(row, texts);
      const subject = this.#subject(row, texts);
      return { row, texts, hash, key, subject, handle: this.#handle({ ...row, key, subject }) };
    });
    const sealer = await this.#protection.sealer(new Set(opened.map(({ handle }) => handle)));
    return opened.map(({ row, texts, hash, key, subject, handle }) => ({
      row: row.row,
      key,
      subject,
      hash,
      values: this.#change.fields.map(({ name, sealed: isSealed }) => {
        const text = texts.get(name) ?? null;
        return text === null || isSealed !== true
          ? text
          : sealer.seal(handle, indexedAs(this.#after, name), text);
      }),
    }));
  }

  get #after(): Dataset {
    return this.#change.after;
  }

  #texts({ values }: StoredRow, opener: Opener): Texts {
    return new Map(
      this.needed.map(({ name }) => {
        const value = values[name] ?? null;
        if (!Buffer.isBuffer(value)) {
          return [name, value];
        }
        const text = opener.open(indexedAs(this.#after, name), value);
        return [name, text === shredded ? null : text];
      }),
    );
  }

  #keyAndHash(row: StoredRow, texts: Texts): { readonly key: string; readonly hash: string } {
    const { after, fields } = this.#change;
    const hash = this.#hash(row.hash);
    if (after.key.length === 0) {
      return { key: row.key.replace(uuidText(row.hash), uuidText(hash)), hash };
    }
    if (!fields.some(({ name }) => [...after.key, ...this.#named].includes(name))) {
      return { key: row.key, hash };
    }
    const isWhole = after.key.every((name) => (texts.get(name) ?? null) !== null);
    const named = this.#named.find((name) => (texts.get(name) ?? null) !== null);
    if (!isWhole && named !== undefined) {
      const key = this.#keyPart(named, texts);
      return { key, hash: createHash("md5").update(key).digest("hex") };
    }
    const [only, ...others] = after.key.map((name) => this.#keyPart(name, texts));
    const isJoined = others.length > 0;
    const parts = [only ?? "", ...others].map((part) => (isJoined ? joinable(part) : part));
    return { key: parts.join("|"), hash };
  }

  /** Hashes are keyed from the first sealed field on: who has one can try every value a field may have. */
  #hash(hash: string): string {
    const { before, after } = this.#change;
    return hasSealedFields(after) && !hasSealedFields(before)
      ? this.#protection.keyedHash(`row ${after.name}`, hash).toString("hex", 0, 16)
      : hash;
  }

  #subject({ subject }: StoredRow, texts: Texts): string | null {
    const { after, fields } = this.#change;
    const isTouched =
      after.kind === "event" && fields.some(({ name }) => name === after.subject.field);
    return isTouched ? this.#keyPart(after.subject.field, texts) : subject;
  }

  /** A value as keys and subjects hold it. */
  #keyPart(name: string, texts: Texts): string {
    const field = must(findField(this.#after, name), "keys and subjects are fields");
    const text = texts.get(name) ?? "";
    return field.sealed === true
      ? this.#protection.blindIndex(indexedAs(this.#after, name), text).toString("hex")
      : text;
  }

  #handle({ source, key, subject }: Pick<StoredRow, "source" | "key" | "subject">): string {
    const { after } = this.#change;
    return this.#protection.handleOf(
      after.kind === "event"
        ? [after.subject.dataset, after.subject.target, subject ?? ""]
        : [after.name, source, key],
    );
  }
}

/** A part of a key in which `%` and `|` mean something. */
function joinable(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("|", "%7C");
}

/** 32 digits as PostgreSQL writes a uuid. */
function uuidText(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5");
}
