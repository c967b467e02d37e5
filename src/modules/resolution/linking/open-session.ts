/** Opens the model in force for one transaction's work. */
import { ConflictError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import { readModel, readProgress } from "../store/register.ts";
import { openLinker } from "./linker.ts";
import { RecordShelf } from "./record-shelf.ts";
import type { LinkSession } from "./session.ts";

/** The session, and how far the change log was followed; undefined before the first full run. */
export async function openSession(
  tx: Transaction,
  { catalogue }: Client,
  dataset: EntityDataset,
): Promise<(LinkSession & { readonly cursor: bigint }) | undefined> {
  const progress = await readProgress(tx, dataset.name);
  if (progress === undefined || progress.model === null) {
    return undefined;
  }
  const { model } = await readModel(tx, progress.model);
  const linker = openLinker(progress.model, model, progress.secret);
  const shelf = new RecordShelf(tx, dataset, linker);
  return { tx, catalogue, dataset, linker, shelf, cursor: progress.cursor };
}

/**
 * The same where there must be one.
 * @throws ConflictError `never-resolved` before the first full run
 */
export async function requireSession(
  tx: Transaction,
  client: Client,
  dataset: EntityDataset,
): Promise<LinkSession> {
  const session = await openSession(tx, client, dataset);
  if (session === undefined) {
    throw new ConflictError("never-resolved", `${dataset.name} was never resolved`, {
      hint: `waybill resolve ${client.key}`,
    });
  }
  return session;
}
