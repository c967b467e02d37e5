/** The files `policies/tests.yaml`: what policies must decide about invented customers; docs/policy.md. */
import { z } from "zod";
import { err, ok, suggestion } from "../../../kernel/index.ts";
import type { Issue, Result } from "../../../kernel/index.ts";
import { customerDataset, definitionIssue } from "../../contracts/index.ts";
import type { Catalogue, Dataset, LocatedDocument, Path } from "../../contracts/index.ts";
import { CONSENT_CHANNELS } from "../../criteria/index.ts";
import { FORMS } from "../forms/form.ts";
import type { Form } from "../forms/form.ts";
import type { RowTexts } from "../compile/known-row.ts";
import type { Recipient } from "../recipients/recipient.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const values = z.record(z.string(), z.union([scalar, z.array(z.string())])).default({});

const testSchema = z.strictObject({
  test: z.string().trim().min(1, "must say in a sentence what is expected"),
  as: z.string(),
  purpose: z.string(),
  /** When it is asked; noon of the first day of the agreement, when left out. */
  at: z.iso.datetime({ offset: true }).optional(),
  customer: values,
  account: values,
  consents: z.partialRecord(z.enum(CONSENT_CHANNELS), z.array(z.string())).default({}),
  expect: z
    .record(z.string(), z.enum(FORMS))
    .refine((fields) => Object.keys(fields).length > 0, "must name at least one field"),
});

const fileSchema = z.strictObject({ tests: z.array(testSchema).min(1, "must hold a test") });

/** One test, read. */
export interface PolicyTest {
  /** What is expected, in a sentence. */
  readonly title: string;
  readonly line: number | undefined;
  readonly recipient: Recipient;
  readonly purpose: string;
  readonly at: Date;
  readonly customer: RowTexts;
  readonly account: RowTexts;
  /** What was granted, by channel. */
  readonly consents: ReadonlyMap<string, readonly string[]>;
  /** By dataset and field. */
  readonly expected: readonly {
    readonly dataset: Dataset;
    readonly field: string;
    readonly form: Form;
  }[];
}

interface Scene {
  readonly catalogue: Catalogue;
  readonly recipients: readonly Recipient[];
}

/** Reads the tests; every recipient, field and dataset that they name must exist. */
export function readPolicyTests(
  document: LocatedDocument,
  scene: Scene,
): Result<readonly PolicyTest[], readonly Issue[]> {
  const issues: Issue[] = [];
  const file = { ...document, file: document.fileName };
  const report = (path: Path, message: string, hint?: string): undefined => {
    issues.push(definitionIssue({ ...NO_DEFINITION, ...file }, path, { message, hint }));
    return undefined;
  };
  const parsed = fileSchema.safeParse(document.value);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      report(
        path.map((part) => (typeof part === "symbol" ? String(part) : part)),
        message,
      );
    }
    return err(issues);
  }
  const tests = parsed.data.tests.flatMap((test, index) => {
    const place = ["tests", index];
    const recipient = scene.recipients.find((one) => one.recipient === test.as);
    if (recipient === undefined) {
      const names = scene.recipients.map((one) => one.recipient);
      report(
        [...place, "as"],
        `there is no recipient ${JSON.stringify(test.as)}`,
        suggestion(test.as, names),
      );
      return [];
    }
    const reader = { scene, report, place };
    return [
      {
        title: test.test,
        line: document.locate([...place, "test"])?.line,
        recipient,
        purpose: test.purpose,
        at: new Date(test.at ?? `${recipient.agreement.from}T12:00:00Z`),
        customer: readRow(reader, "customer", test.customer),
        account: readRow(reader, "account", test.account),
        consents: new Map(Object.entries(test.consents)),
        expected: Object.entries(test.expect).flatMap(([name, form]) =>
          expectations(reader, name, form),
        ),
      },
    ];
  });
  return issues.length === 0 ? ok(tests) : err(issues);
}

/** Tests are no definition; their issues are spelled like those of one. */
const NO_DEFINITION = { kind: "policy", name: "tests", body: null, sha256: "" } as const;

interface Reader {
  readonly scene: Scene;
  readonly place: Path;
  readonly report: (path: Path, message: string, hint?: string) => undefined;
}

function readRow(
  { scene, place, report }: Reader,
  of: "customer" | "account",
  row: z.infer<typeof values>,
): RowTexts {
  const dataset =
    of === "customer"
      ? customerDataset(scene.catalogue)
      : scene.catalogue.datasets.find(({ kind }) => kind === "account");
  const names = dataset?.fields.map(({ name }) => name) ?? [];
  for (const name of Object.keys(row).filter((one) => !names.includes(one))) {
    report(
      [...place, of, name],
      `the ${of} has no field ${JSON.stringify(name)}`,
      suggestion(name, names),
    );
  }
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || Array.isArray(value) ? value : String(value),
    ]),
  );
}

/** `customers.email`, or `customers.*` for every field of a dataset. */
function expectations(
  { scene, place, report }: Reader,
  name: string,
  form: Form,
): PolicyTest["expected"] {
  const [datasetName = "", field = ""] = name.split(".");
  const { datasets } = scene.catalogue;
  const dataset = datasets.find((one) => one.name === datasetName);
  const fields = dataset?.fields.map((one) => one.name) ?? [];
  if (dataset === undefined || (field !== "*" && !fields.includes(field))) {
    const names = datasets.flatMap((one) => one.fields.map((own) => `${one.name}.${own.name}`));
    report(
      [...place, "expect", name],
      `there is no field ${JSON.stringify(name)}`,
      suggestion(name, names),
    );
    return [];
  }
  const meant = field === "*" ? fields : [field];
  return meant.map((one) => ({ dataset, field: one, form }));
}
