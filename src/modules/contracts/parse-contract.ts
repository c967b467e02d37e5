/** From the bytes of a contract file to the catalogue: YAML, the standard, then the meaning. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { InvalidInputError, didYouMean } from "../../kernel/index.ts";
import type { Issue } from "../../kernel/index.ts";
import { readOdcs } from "../../protocol/odcs/index.ts";
import type { OdcsContract } from "../../protocol/odcs/index.ts";
import { DEFAULT_MINIMUM_COUNT } from "./catalogue.ts";
import type { Catalogue, Dataset, Reference } from "./catalogue.ts";
import { Extensions } from "./extensions.ts";
import { DATA_CATEGORIES, DATA_USES, taxonomyProblem } from "./fideslang.ts";
import { readYaml } from "./located-yaml.ts";
import { countryCodes, currencyCodes, isTimeZone, timeZones } from "./places.ts";
import { Problems } from "./problems.ts";
import { readDataset } from "./read-dataset.ts";
import type { ReadDataset } from "./read-dataset.ts";
import { referenceOf, SEALED_CATEGORIES } from "./sealing.ts";
import { isSemver } from "./semver.ts";

const EXTENSIONS = [
  "timeZone",
  "defaultCountry",
  "currency",
  "minimumCount",
  "purposes",
  "sealedCategories",
];

/** What a client's key may be. */
export const CLIENT_KEY = /^[a-z][a-z0-9-]{0,30}$/u;

/**
 * Compiles a contract.
 * @param bytes the file as it lies on disk; its SHA-256 is what waybills cite
 * @param fileName how issues call it
 * @throws InvalidInputError `contract-invalid` with every issue that was found
 */
export function parseContract(bytes: Uint8Array, fileName: string): Catalogue {
  const yaml = readYaml(bytes, fileName);
  if (!yaml.ok) {
    throw invalid(fileName, yaml.error);
  }
  const problems = new Problems(yaml.value);
  const document = readOdcs(yaml.value.value);
  if (!document.ok) {
    problems.addAll(document.error);
    throw invalid(fileName, problems.issues);
  }
  const catalogue = readMeaning(document.value, problems);
  if (problems.issues.length > 0 || catalogue === undefined) {
    throw invalid(fileName, problems.issues);
  }
  return { ...catalogue, contractSha256: createHash("sha256").update(bytes).digest("hex") };
}

function invalid(fileName: string, issues: readonly Issue[]): InvalidInputError {
  const count = issues.length === 1 ? "one issue" : `${issues.length} issues`;
  const inOrder = issues.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  return new InvalidInputError("contract-invalid", `${fileName} has ${count}`, inOrder, {
    hint: "docs/guides/contracts.md describes every part of a contract",
  });
}

function readMeaning(
  contract: OdcsContract,
  problems: Problems,
): Omit<Catalogue, "contractSha256"> | undefined {
  checkFundamentals(contract, problems);
  const place = { path: [], known: EXTENSIONS, owner: "a contract" };
  const extensions = new Extensions(contract.customProperties, place, problems);
  const places = readPlaces(extensions, problems);
  const minimumCount = extensions.read("minimumCount", z.int().min(2).max(1_000));
  const purposes = readPurposes(extensions, problems);
  const sealed = readSealedCategories(extensions, problems);
  const read = readDatasets(contract, sealed, problems);
  checkDatasets(read, problems);
  const { tenant } = contract;
  if (tenant === undefined || places === undefined || purposes === undefined) {
    return undefined;
  }
  return {
    client: tenant,
    contractId: contract.id,
    contractVersion: contract.version,
    ...places,
    minimumCount: minimumCount ?? DEFAULT_MINIMUM_COUNT,
    purposes,
    datasets: read.map(({ dataset }) => dataset),
  };
}

function checkFundamentals(
  { tenant, version, apiVersion }: OdcsContract,
  problems: Problems,
): void {
  if (tenant === undefined) {
    problems.add([], "tenant is required", "tenant: the client's key, such as telecom");
  } else if (!CLIENT_KEY.test(tenant)) {
    const hint =
      "lower-case letters, digits and hyphens, beginning with a letter, at most 31 characters";
    problems.add(["tenant"], "the client's key cannot be a name", hint);
  }
  if (!isSemver(version)) {
    problems.add(["version"], "the version must be MAJOR.MINOR.PATCH", 'such as version: "1.0.0"');
  }
  if (!apiVersion.startsWith("v3.")) {
    problems.add(
      ["apiVersion"],
      "contracts of the standard's second edition are not read",
      "apiVersion: v3.1.0",
    );
  }
}

function readPlaces(
  extensions: Extensions,
  problems: Problems,
): Pick<Catalogue, "timeZone" | "defaultCountry" | "currency"> | undefined {
  const timeZone = extensions.read("timeZone", z.string()) ?? "UTC";
  const defaultCountry = extensions.require("defaultCountry", z.string(), "a code such as DE");
  const currency = extensions.require("currency", z.string(), "a code such as EUR");
  if (!isTimeZone(timeZone)) {
    const hint = didYouMean(timeZone, timeZones()) ?? "a name such as Europe/Berlin";
    problems.add(extensions.pathOf("timeZone"), "waybill.timeZone is no IANA time zone", hint);
  }
  if (defaultCountry !== undefined && !countryCodes().has(defaultCountry)) {
    const hint = "two capital letters, such as DE";
    problems.add(
      extensions.pathOf("defaultCountry"),
      "waybill.defaultCountry is no ISO 3166-1 alpha-2 code",
      hint,
    );
  }
  if (currency !== undefined && !currencyCodes().has(currency)) {
    const hint = "three capital letters, such as EUR";
    problems.add(extensions.pathOf("currency"), "waybill.currency is no ISO 4217 code", hint);
  }
  const isGiven = defaultCountry !== undefined && currency !== undefined;
  return isGiven ? { timeZone, defaultCountry, currency } : undefined;
}

function readPurposes(extensions: Extensions, problems: Problems): readonly string[] | undefined {
  const hint = "a list of fideslang data uses, such as [marketing.communications.email]";
  const purposes = extensions.require("purposes", z.array(z.string()).min(1), hint);
  for (const [index, purpose] of (purposes ?? []).entries()) {
    const at = [...extensions.pathOf("purposes"), index];
    const problem = taxonomyProblem(purpose, DATA_USES);
    if (problem !== undefined) {
      problems.add(at, "the purpose is no fideslang data use", problem);
    }
    if (purposes?.indexOf(purpose) !== index) {
      problems.add(at, "the purpose is given twice", "keep one of the two");
    }
  }
  return purposes;
}

/** The categories whose fields are sealed unless a field says otherwise. */
function readSealedCategories(extensions: Extensions, problems: Problems): readonly string[] {
  const said = extensions.read("sealedCategories", z.array(z.string()));
  for (const [index, category] of (said ?? []).entries()) {
    const problem = taxonomyProblem(category, DATA_CATEGORIES);
    if (problem !== undefined) {
      const at = [...extensions.pathOf("sealedCategories"), index];
      problems.add(at, "the category is no fideslang data category", problem);
    }
  }
  return said ?? SEALED_CATEGORIES;
}

function readDatasets(
  contract: OdcsContract,
  sealedCategories: readonly string[],
  problems: Problems,
): ReadDataset[] {
  const schema = contract.schema ?? [];
  if (schema.length === 0) {
    problems.add([], "a contract needs datasets", "list them under schema");
  }
  const seen = new Set<string>();
  const datasets: ReadDataset[] = [];
  for (const [index, source] of schema.entries()) {
    const path = ["schema", index];
    if (seen.has(source.name)) {
      problems.add(
        [...path, "name"],
        "the contract has a dataset of this name already",
        "give it another name",
      );
    }
    seen.add(source.name);
    const read = readDataset({ source, sealedCategories }, path, problems);
    if (read !== undefined) {
      datasets.push(read);
    }
  }
  return datasets;
}

function checkDatasets(read: readonly ReadDataset[], problems: Problems): void {
  const datasets = read.map(({ dataset }) => dataset);
  const customers = read.filter(({ dataset }) => dataset.kind === "customer");
  for (const { path } of customers.slice(1)) {
    const hint = "keep one customers dataset: its sources are told apart by sources/*.yaml";
    problems.addKey(path, "the contract has a customers dataset already", hint);
  }
  for (const { dataset, referencePath } of read) {
    const reference = referenceOf(dataset);
    const problem =
      reference === undefined ? undefined : referenceProblem(dataset, reference, datasets);
    if (problem !== undefined) {
      problems.add([...referencePath, "references"], ...problem);
    }
  }
}

/**
 * Events point at customers and customers at accounts, which point at nothing: references that keep
 * to this cannot form a cycle.
 */
function referenceProblem(
  dataset: Dataset,
  reference: Reference,
  datasets: readonly Dataset[],
): [message: string, hint: string | undefined] | undefined {
  const wanted = dataset.kind === "event" ? "customer" : "account";
  const target = datasets.find(({ name }) => name === reference.dataset);
  const field = target?.fields.find(({ name }) => name === reference.target);
  const own = dataset.fields.find(({ name }) => name === reference.field);
  const suitable = datasets.filter(({ kind }) => kind === wanted);
  if (target === undefined) {
    const names = suitable.map(({ name }) => name);
    return [
      "the contract has no such dataset",
      didYouMean(reference.dataset, names) ?? list(names),
    ];
  }
  if (target.kind !== wanted) {
    return [`the dataset is not of kind ${wanted}`, list(suitable.map(({ name }) => name))];
  }
  const identifiers = target.fields.filter(({ identifier }) => identifier).map(({ name }) => name);
  if (field === undefined) {
    return [
      "that dataset has no such field",
      didYouMean(reference.target, identifiers) ?? list(identifiers),
    ];
  }
  if (!field.identifier) {
    return ["the field is no identifier of that dataset", list(identifiers)];
  }
  if (own !== undefined && own.type.kind !== field.type.kind) {
    const hint = "give both the same logicalType";
    return ["the two fields are of different types", hint];
  }
  if (own?.equality !== undefined) {
    const hint = "give it waybill.sealed: true, as the field it refers to";
    return ["the field refers to another, and its values look equal for one person only", hint];
  }
  if (own !== undefined && own.sealed !== field.sealed) {
    const which =
      own.sealed === true ? "is sealed and the other is" : "is not sealed and the other";
    const one = `${dataset.name}.${own.name} ${own.sealed === true ? which + " not" : which + " is"}`;
    return [
      `${one}: the clear one would show what the sealed one hides`,
      "give both the same waybill.sealed, true or false",
    ];
  }
  return undefined;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "the contract has none that fits" : `choose from ${names.join(", ")}`;
}
