import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import type { Linker } from "./linker.ts";
import type { RecordShelf } from "./record-shelf.ts";

/** One transaction's work on one dataset with the model in force. */
export interface LinkSession {
  readonly tx: Transaction;
  readonly catalogue: Catalogue;
  readonly dataset: EntityDataset;
  readonly linker: Linker;
  readonly shelf: RecordShelf;
}
