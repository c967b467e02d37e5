/** `policy explain`: one field of one customer for one recipient, in words. */
import { Command } from "commander";
import { NotFoundError, suggestion } from "../../../kernel/index.ts";
import {
  type Catalogue,
  customerDataset,
  type Dataset,
  findField,
  getClient,
} from "../../../modules/contracts/index.ts";
import {
  type AskedField,
  explainableDatasets,
  type ExplainedForm,
  type ExplainedQuestion,
  explainField,
  findRecipient,
  type Form,
  formAtHand,
  isMember,
  policiesInForce,
  type PolicyExplanation,
  type PolicyVerdict,
  rowAtHand,
} from "../../../modules/policy/index.ts";
import { noteAccess, seeAs } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderFacts } from "../table.ts";

export function explainCommand(): Command {
  return new Command("explain")
    .description("say why a recipient has a field of a customer in the form it has")
    .argument("<client>", "the client's key")
    .argument("<customer>", "the customer's id", parseId)
    .argument("<field>", "the field: email, or with its dataset, tickets.topic")
    .requiredOption("--as <recipient>", "the recipient whose view is explained")
    .requiredOption("--purpose <use>", "what the recipient asks for")
    .addHelpText(
      "after",
      `
Values are never shown. A condition is shown when you may see what it asks of the customer.

  waybill policy explain telecom 7 email --as care-krakow --purpose essential.service.operations.support`,
    )
    .action(action(explain));
}

interface ExplainOptions {
  readonly as: string;
  readonly purpose: string;
}

async function explain(
  { open, output }: Invocation,
  key: string,
  customer: bigint,
  name: string,
  options: ExplainOptions,
): Promise<void> {
  const context = await open();
  const { actor, clock, db } = context;
  const client = await getClient(db, key);
  const { catalogue } = client;
  const place = findPlace(catalogue, name);
  const at = clock.now();
  const explained = await db.scoped(client.scope, async (tx) => {
    const { set, recipients } = await policiesInForce(tx, catalogue);
    const recipient = findRecipient([...recipients.values()], options.as);
    const own = isMember(recipient, actor) ? options : {};
    const seeing = await seeAs(tx, context, { ...client, asked: own });
    const row = await rowAtHand(tx, catalogue, { customer, at });
    if (row === undefined) {
      throw new NotFoundError("customer-unknown", `there is no customer ${customer}`, {
        hint: "waybill customer search finds customers",
      });
    }
    const shown = {
      act: "explain",
      channel: "shown",
      customers: [{ id: customer, forms: {} }],
    } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    const asked: ExplainedQuestion = {
      set,
      catalogue,
      recipient,
      purpose: options.purpose,
      at,
      row,
    };
    const { access } = seeing;
    const seen = { ...asked, recipient: access.recipient, purpose: access.purpose };
    return veiled(explainField(asked, place), (field) => maySee(seen, field));
  });
  await sequenceAfter({ output }, context, client);
  const { dataset, field } = place;
  const facts = { client: key, customer, field: `${dataset.name}.${field}`, recipient: options.as };
  output.result({ ...facts, purpose: options.purpose, ...explained }, () =>
    renderExplanation(facts, explained),
  );
}

/** A field by its name, or with its dataset before it. */
function findPlace(
  catalogue: Catalogue,
  name: string,
): { readonly dataset: Dataset; readonly field: string } {
  const datasets = explainableDatasets(catalogue);
  const [first = "", second] = name.split(".");
  const found = datasets.find((dataset) =>
    second === undefined
      ? findField(dataset, first) !== undefined
      : dataset.name === first && findField(dataset, second) !== undefined,
  );
  if (found === undefined) {
    const names = datasets.flatMap((dataset) =>
      dataset.fields.map((field) =>
        dataset === datasets[0] ? field.name : `${dataset.name}.${field.name}`,
      ),
    );
    throw new NotFoundError("field-unknown", `there is no field ${JSON.stringify(name)}`, {
      hint: suggestion(name, names),
    });
  }
  return { dataset: found, field: second ?? first };
}

/** Whether who explains may see what a condition asks of this customer. */
function maySee(own: ExplainedQuestion, { of, field }: AskedField): boolean {
  const { catalogue } = own;
  const dataset =
    of === "account"
      ? catalogue.datasets.find(({ kind }) => kind === "account")
      : customerDataset(catalogue);
  if (dataset === undefined) {
    return false;
  }
  const fields = field === undefined ? dataset.fields.map((one) => one.name) : [field];
  const forms: Form[] = fields.map((one) => formAtHand(own, { dataset, field: one }));
  // Consents are of the customer as a whole: for whoever sees anything of it.
  return field === undefined ? forms.some((form) => form !== "absent") : forms[0] === "clear";
}

/** The explanation without the conditions that would tell what may not be seen. */
function veiled(
  explanation: PolicyExplanation,
  maySeeField: (field: AskedField) => boolean,
): PolicyExplanation {
  const veil = (verdict: PolicyVerdict): PolicyVerdict =>
    verdict.failed === undefined || verdict.asks.every(maySeeField)
      ? verdict
      : { ...verdict, failed: `a condition on ${verdict.asks.map(spellAsked).join(", ")}` };
  return {
    ...explanation,
    forms: explanation.forms.map((form) => ({ ...form, policies: form.policies.map(veil) })),
  };
}

function spellAsked({ of, field }: AskedField): string {
  return field === undefined ? `the ${of}` : `the ${of}'s ${field}`;
}

function renderExplanation(
  facts: { readonly field: string; readonly customer: bigint; readonly recipient: string },
  { form, limit, category, forms }: PolicyExplanation,
): string {
  const head = `${facts.recipient} has ${facts.field} of customer ${facts.customer} ${form === "absent" ? "not at all" : `as ${form}`}`;
  if (limit !== undefined) {
    return `${head}\n\nbefore any policy: ${limit}`;
  }
  const steps = forms.map((one): [string, string] => [one.form, formLine(one)]);
  return [head, renderFacts([["category", category ?? "none"], ...steps])].join("\n\n");
}

function formLine({ form, comesTo, decision, policies }: ExplainedForm): string {
  const own = policies.map(
    ({ policy, effect, applies, failed }) =>
      `${policy} ${applies ? (effect === "permit" ? "permits it" : "forbids it") : `would ${effect} it, but not: ${failed ?? ""}`}`,
  );
  const result =
    comesTo === form ? decision : `${decision}, and comes to ${comesTo} for this field`;
  return [result, ...(own.length === 0 ? ["no policy is about it"] : own)].join("; ");
}
