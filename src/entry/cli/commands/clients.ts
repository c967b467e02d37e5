import { Command } from "commander";
import { listClients } from "../../../modules/contracts/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { renderTable } from "../table.ts";

/** What to type when there is nothing to show. */
export const NO_CLIENTS = "there is no client yet; make one with: waybill apply examples/telecom";

export function clientsCommand(): Command {
  return new Command("clients").description("the clients and their contracts").action(action(list));
}

async function list({ open, output }: Invocation): Promise<void> {
  const { db } = await open();
  const clients = (await listClients(db)).map(({ key, catalogue }) => ({
    client: key,
    contract: catalogue.contractId,
    version: catalogue.contractVersion,
    timeZone: catalogue.timeZone,
    datasets: catalogue.datasets.map(({ name }) => name),
  }));
  output.result({ clients }, () =>
    clients.length === 0
      ? NO_CLIENTS
      : renderTable(clients, [
          { head: "client", cell: (row) => row.client },
          { head: "contract", cell: (row) => row.version },
          { head: "time zone", cell: (row) => row.timeZone },
          { head: "datasets", cell: (row) => row.datasets.join(", ") },
        ]),
  );
}
