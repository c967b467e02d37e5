/** Workbooks (ECMA-376), streamed: one sheet's rows in batches, without holding the sheet. */
import { SaxesParser } from "saxes";
import type { SaxesTagPlain } from "saxes";
import { openPromise } from "yauzl";
import type { Entry, ZipFile } from "yauzl";

import { InvalidInputError, WaybillError } from "../../../kernel/index.ts";
import { InflationGuard } from "./input.ts";
import type { RowBatch, RowFault } from "./row-batch.ts";
import { TextRows } from "./text-rows.ts";
import { columnOfReference, dateOfSerial, isDateFormat, numberText } from "./xlsx-format.ts";

/** Excel's own limit of columns. */
const MAX_COLUMNS = 16_384;
/** Shared texts are held in memory: a workbook with more of them should come as CSV. */
const MAX_SHARED_CHARACTERS = 256 * 1024 * 1024;

const CELL_ERROR: RowFault = {
  rule: "cell-error",
  message: "a cell holds an error of the workbook (such as #N/A) instead of a value",
};

/** What the cells of a sheet refer to. */
interface Workbook {
  readonly sharedTexts: readonly string[];
  /** For each cell style, whether it shows a date. */
  readonly dateStyles: readonly boolean[];
  readonly is1904: boolean;
}

/**
 * Opens a sheet of a workbook: the one named, else the first that is visible. Lines are the sheet's row
 * numbers; the first row is the header if there is one.
 * @throws InvalidInputError when the workbook is damaged, has a password, or has no such sheet
 */
export async function openXlsx(
  path: string,
  sheetName: string | undefined,
): Promise<AsyncGenerator<RowBatch>> {
  try {
    const zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      entries.set(entry.fileName, entry);
    }
    const archive: Archive = { zip, entries };
    const { sheetPath, is1904 } = await chooseSheet(archive, sheetName);
    const dateStyles = await readStyles(archive);
    const sharedTexts = await readSharedTexts(archive);
    return readSheet(archive, sheetPath, { sharedTexts, dateStyles, is1904 });
  } catch (error) {
    throw damaged(error);
  }
}

interface Archive {
  readonly zip: ZipFile;
  readonly entries: ReadonlyMap<string, Entry>;
}

interface Handlers {
  readonly open?: (tag: SaxesTagPlain) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/** Parses one part of the archive; yields after each piece, so that the caller can hand rows on. */
async function* parsePart(
  archive: Archive,
  name: string,
  handlers: Handlers,
): AsyncGenerator<undefined> {
  const entry = archive.entries.get(name);
  if (entry === undefined) {
    return;
  }
  const guard = new InflationGuard();
  guard.addIn(entry.compressedSize);
  const parser = new SaxesParser();
  parser.on("opentag", (tag) => handlers.open?.(tag));
  parser.on("closetag", (tag) => handlers.close?.(localName(tag.name)));
  parser.on("text", (text) => handlers.text?.(text));
  parser.on("doctype", () => {
    throw new InvalidInputError(
      "xlsx-damaged",
      `the workbook's part ${name} has a document type, which none has`,
    );
  });
  parser.on("error", (error) => {
    throw error;
  });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const stream = await archive.zip.openReadStreamPromise(entry);
  for await (const chunk of stream) {
    guard.addOut(chunk.length);
    parser.write(decoder.decode(chunk, { stream: true }));
    yield undefined;
  }
  parser.write(decoder.decode());
  parser.close();
}

async function parseWhole(archive: Archive, name: string, handlers: Handlers): Promise<void> {
  for await (const _ of parsePart(archive, name, handlers)) {
    // Everything happens in the handlers.
  }
}

async function chooseSheet(
  archive: Archive,
  wanted: string | undefined,
): Promise<{ sheetPath: string; is1904: boolean }> {
  const sheets: { name: string; id: string; isVisible: boolean }[] = [];
  let is1904 = false;
  await parseWhole(archive, "xl/workbook.xml", {
    open: (tag) => {
      const name = localName(tag.name);
      if (name === "workbookPr") {
        is1904 = isTrue(tag.attributes["date1904"]);
      } else if (name === "sheet") {
        sheets.push({
          name: tag.attributes["name"] ?? "",
          id: tag.attributes["r:id"] ?? "",
          isVisible: (tag.attributes["state"] ?? "visible") === "visible",
        });
      }
    },
  });
  const sheet =
    wanted === undefined
      ? sheets.find(({ isVisible }) => isVisible)
      : sheets.find(({ name }) => name === wanted);
  if (sheet === undefined) {
    const names = sheets.map(({ name }) => `"${name}"`).join(", ");
    throw new InvalidInputError(
      "xlsx-sheet",
      wanted === undefined
        ? "the input is a zip archive without a visible sheet"
        : `the workbook has no sheet "${wanted}"`,
      [],
      { hint: names === "" ? "send a workbook, a text file or gzip" : `its sheets are ${names}` },
    );
  }
  return { sheetPath: await sheetTarget(archive, sheet.id), is1904 };
}

async function sheetTarget(archive: Archive, id: string): Promise<string> {
  let target = "";
  await parseWhole(archive, "xl/_rels/workbook.xml.rels", {
    open: (tag) => {
      if (localName(tag.name) === "Relationship" && tag.attributes["Id"] === id) {
        target = tag.attributes["Target"] ?? "";
      }
    },
  });
  return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
}

async function readStyles(archive: Archive): Promise<boolean[]> {
  const codes = new Map<number, string>();
  const styles: boolean[] = [];
  let isInCells = false;
  await parseWhole(archive, "xl/styles.xml", {
    open: (tag) => {
      const name = localName(tag.name);
      if (name === "numFmt") {
        codes.set(Number(tag.attributes["numFmtId"]), tag.attributes["formatCode"] ?? "");
      } else if (name === "cellXfs") {
        isInCells = true;
      } else if (name === "xf" && isInCells) {
        const id = Number(tag.attributes["numFmtId"] ?? 0);
        styles.push(isDateFormat(id, codes.get(id)));
      }
    },
    close: (name) => {
      isInCells &&= name !== "cellXfs";
    },
  });
  return styles;
}

async function readSharedTexts(archive: Archive): Promise<string[]> {
  const texts: string[] = [];
  const collector = new TextCollector();
  let characters = 0;
  await parseWhole(archive, "xl/sharedStrings.xml", {
    open: (tag) => collector.open(localName(tag.name)),
    text: (text) => collector.text(text),
    close: (name) => {
      collector.close(name);
      if (name === "si") {
        const text = collector.take();
        characters += text.length;
        texts.push(text);
        if (characters > MAX_SHARED_CHARACTERS) {
          throw new InvalidInputError(
            "xlsx-too-large",
            "the workbook has too much text to be read",
            [],
            {
              hint: "send it as CSV",
            },
          );
        }
      }
    },
  });
  return texts;
}

/** The text of `<t>` elements; the reading aids of East Asian text (`<rPh>`) do not count. */
class TextCollector {
  #text = "";
  #isInText = false;
  #isInReading = false;

  open(name: string): void {
    this.#isInText = name === "t";
    this.#isInReading ||= name === "rPh";
  }

  text(text: string): void {
    if (this.#isInText && !this.#isInReading) {
      this.#text += text;
    }
  }

  close(name: string): void {
    this.#isInText = false;
    this.#isInReading &&= name !== "rPh";
  }

  /** The text so far; the next one begins. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

async function* readSheet(
  archive: Archive,
  path: string,
  workbook: Workbook,
): AsyncGenerator<RowBatch> {
  const rows = new SheetRows(workbook);
  try {
    for await (const _ of parsePart(archive, path, rows)) {
      if (rows.output.isFull) {
        yield rows.output.batch;
        rows.output.clear();
      }
    }
    if (rows.output.batch.rows > 0) {
      yield rows.output.batch;
    }
  } catch (error) {
    throw damaged(error);
  } finally {
    archive.zip.close();
  }
}

/** Turns the elements of a sheet into rows. Rows without any value are no rows. */
class SheetRows implements Handlers {
  readonly output = new TextRows();
  readonly #workbook: Workbook;
  readonly #inline = new TextCollector();
  #values: (string | undefined)[] = [];
  #line = 0;
  #column = -1;
  #type = "";
  #style = 0;
  #raw = "";
  #isInValue = false;
  #fault: RowFault | undefined;

  constructor(workbook: Workbook) {
    this.#workbook = workbook;
  }

  readonly open = (tag: SaxesTagPlain): void => {
    const name = localName(tag.name);
    if (name === "row") {
      const given = Number(tag.attributes["r"]);
      this.#line = Number.isInteger(given) && given > 0 ? given : this.#line + 1;
      this.#values = [];
      this.#column = -1;
      this.#fault = undefined;
    } else if (name === "c") {
      this.#column = columnOfReference(tag.attributes["r"]) ?? this.#column + 1;
      this.#type = tag.attributes["t"] ?? "n";
      this.#style = Number(tag.attributes["s"] ?? 0);
      this.#raw = "";
    } else {
      this.#isInValue = name === "v";
      this.#inline.open(name);
    }
  };

  readonly text = (text: string): void => {
    if (this.#isInValue) {
      this.#raw += text;
    } else {
      this.#inline.text(text);
    }
  };

  readonly close = (name: string): void => {
    this.#isInValue = false;
    this.#inline.close(name);
    if (name === "c") {
      this.#endCell();
    } else if (
      name === "row" &&
      (this.#values.some((value) => value !== undefined) || this.#fault)
    ) {
      this.output.add(this.#line, Array.from(this.#values), this.#fault);
    }
  };

  #endCell(): void {
    const inline = this.#inline.take();
    if (this.#type === "e") {
      this.#fault = CELL_ERROR;
      return;
    }
    const value = this.#type === "inlineStr" ? inline : this.#valueText();
    if (value !== undefined && value !== "" && this.#column < MAX_COLUMNS) {
      this.#values[this.#column] = value;
    }
  }

  #valueText(): string | undefined {
    const raw = this.#raw;
    switch (this.#type) {
      case "s":
        return this.#workbook.sharedTexts[Number(raw)];
      case "b":
        return raw === "1" ? "true" : "false";
      case "n":
        if (
          raw !== "" &&
          this.#workbook.dateStyles[this.#style] === true &&
          Number.isFinite(Number(raw))
        ) {
          return dateOfSerial(Number(raw), this.#workbook.is1904);
        }
        return numberText(raw);
      default:
        return raw;
    }
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function isTrue(attribute: string | undefined): boolean {
  return attribute === "1" || attribute === "true";
}

/** A parser's message may quote values, so it stays in the cause. */
function damaged(error: unknown): unknown {
  if (error instanceof WaybillError) {
    return error;
  }
  return new InvalidInputError(
    "xlsx-damaged",
    "the workbook cannot be read: it is damaged or cut off",
    [],
    {
      hint: "transfer the file again, or send the sheet as CSV",
      cause: error,
    },
  );
}
