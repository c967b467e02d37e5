import { Readable } from "node:stream";
import { Command } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import { printModel } from "../../../modules/linkage/index.ts";
import { openMatcher } from "../../../modules/resolution/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { writeNewFile } from "../new-file.ts";

export function modelCommand(): Command {
  return new Command("model")
    .description("the model in force: what is compared, how, and what each outcome weighs")
    .argument("<client>", "the client's key")
    .option("--dataset <name>", "of this dataset (default: the customers)")
    .option("--out <file>", "write it as a new file instead")
    .addHelpText(
      "after",
      `
It holds no value of a record. To use it as your own, put 'model: DATASET' before it as
models/DATASET.yaml in the client's folder, edit it, apply it, and run 'waybill resolve CLIENT --full'.

Exit codes: 0 printed, 5 the client was never resolved.`,
    )
    .action(action(model));
}

async function model(
  { open, output }: Invocation,
  key: string,
  { dataset, out }: { readonly dataset?: string; readonly out?: string },
): Promise<void> {
  const { db } = await open();
  const client = await getClient(db, key);
  const { linker } = await db.scoped(client.scope, (tx) => openMatcher(tx, client, dataset), {
    readOnly: true,
  });
  const text = printModel(linker.model);
  if (out !== undefined) {
    await writeNewFile(out, Readable.from([Buffer.from(text)]));
  }
  const document = { client: key, number: linker.number, model: linker.model, out };
  output.result(document, () =>
    out === undefined ? text.trimEnd() : `model ${linker.number} written to ${out}`,
  );
}
