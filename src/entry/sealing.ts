/**
 * Criteria before anything keeps them or asks by them: values of sealed fields that stand in them are
 * replaced by their blind index. What is asked of a client that seals nothing passes as it is, and opens
 * no keys.
 */
import { z } from "zod";
import {
  type Catalogue,
  type ClientFolder,
  type Definition,
  hasSealedFields,
  type Reseal,
  rewriteDefinitions,
} from "../modules/contracts/index.ts";
import { checkCriteria, checkNumber, sealCriteria, sealNumber } from "../modules/criteria/index.ts";
import type { BlindIndex } from "../modules/criteria/index.ts";
import { resealCustomers } from "../modules/customers/index.ts";
import type { Context } from "./context.ts";

type Protecting = Pick<Context, "protect">;

/** The client whose criteria they are. */
export interface Owner {
  readonly key: string;
  readonly catalogue: Catalogue;
}

/** A criteria text, and the dataset whose rows can be members; undefined: the customers. */
export interface Asked {
  readonly criteria: string;
  readonly subject?: string | undefined;
}

/**
 * The criteria as they may be kept and asked by.
 * @throws InvalidInputError `criteria-invalid` when they do not fit the contract
 */
export async function sealedCriteria(
  context: Protecting,
  owner: Owner,
  { criteria, subject }: Asked,
): Promise<string> {
  const blindIndex = await blindIndexOf(context, owner);
  return blindIndex === undefined
    ? criteria
    : sealCriteria(criteria, owner.catalogue, { blindIndex, subject });
}

/** The definitions of a folder as they may be kept. */
export async function sealedFolder(
  context: Protecting,
  folder: ClientFolder,
): Promise<ClientFolder> {
  const owner = { key: folder.client, catalogue: folder.catalogue };
  return { ...folder, definitions: await sealedDefinitions(context, owner, folder.definitions) };
}

/**
 * Definitions as they may be kept: they have another body, and the hash of what was written. Text that
 * does not fit the contract stays as it is, for the check of its definition refuses it in its own words.
 */
export async function sealedDefinitions(
  context: Protecting,
  owner: Owner,
  definitions: readonly Definition[],
): Promise<Definition[]> {
  const blindIndex = await blindIndexOf(context, owner);
  return blindIndex === undefined
    ? [...definitions]
    : definitions.map((one) => ({ ...one, body: sealedBody(one.body, owner, blindIndex) }));
}

/**
 * Takes everything that is kept of a client over to a contract that seals other fields: customers,
 * accounts, events and their history, quarantine, definitions, and what resolution made of values.
 */
export function resealing({ protect }: Protecting, folder: ClientFolder): Reseal {
  return async (tx, { after, changes }) => {
    // Hardly ever asked for, and to load both modules takes longer than most commands.
    const { resealQuarantine } = await import("../modules/intake/index.ts");
    const { forgetValues } = await import("../modules/resolution/index.ts");
    const protection = await protect(folder.client);
    const datasets = changes.map((change) => change.after);
    await resealQuarantine(tx, protection, datasets);
    for (const dataset of datasets) {
      if (dataset.kind !== "event") {
        await forgetValues(tx, dataset);
      }
    }
    const owner = { key: folder.client, catalogue: after };
    await rewriteDefinitions(tx, ({ kind, name, sha256, body }) => {
      const written = folder.definitions.find(
        (one) => one.kind === kind && one.name === name && one.sha256 === sha256,
      );
      return written?.body ?? sealedBody(body, owner, protection.blindIndex);
    });
    return await resealCustomers(tx, { protection, after, changes });
  };
}

async function blindIndexOf(
  { protect }: Protecting,
  { key, catalogue }: Owner,
): Promise<BlindIndex | undefined> {
  return catalogue.datasets.some(hasSealedFields) ? (await protect(key)).blindIndex : undefined;
}

/** The members of segments, routes and scores that hold text of the condition language. */
const texts = z.looseObject({
  criteria: z.string().optional(),
  subject: z.string().optional(),
  of: z.string().optional(),
  among: z.string().optional(),
});

function sealedBody(body: unknown, { catalogue }: Owner, blindIndex: BlindIndex): unknown {
  const read = texts.safeParse(body);
  if (!read.success) {
    return body;
  }
  const { subject } = read.data;
  const condition = (text: string, options: { readonly subject?: string | undefined }): string =>
    checkCriteria(text, catalogue, options).length > 0
      ? text
      : sealCriteria(text, catalogue, { ...options, blindIndex });
  const number = (text: string): string =>
    checkNumber(text, catalogue).length > 0 ? text : sealNumber(text, catalogue, { blindIndex });
  const sealed = {
    criteria: read.data.criteria && condition(read.data.criteria, { subject }),
    of: read.data.of && number(read.data.of),
    among: read.data.among && condition(read.data.among, {}),
  };
  const replaced = Object.entries(sealed).filter(([, text]) => text !== undefined);
  return { ...read.data, ...Object.fromEntries(replaced) };
}
