import { expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { readPlan, scanSubject } from "./recompute.ts";
import { storeChunk } from "./store-chunk.ts";
import type { ScanOptions, TakenScan } from "./taken-scan.ts";

const buyers = { segment: "buyers", criteria: 'orders.within("30d").any()' };

/** The versions that are being filled are scanned; `meanwhile` happens; only then is it stored. */
async function fillAround(kept: KeptWorld, meanwhile: () => Promise<unknown>): Promise<void> {
  const { client, clock } = kept;
  const { plan } = await client.db.scoped(client.scope, (tx) => readPlan(tx, client));
  const subject = must(plan.subjects[0], "something is kept");
  const slots = subject.slots.filter(({ state }) => state === "filling");
  const options: ScanOptions = {
    clock,
    cause: "fill",
    slots: new Set(slots.map(({ slot }) => slot)),
  };
  const scan: TakenScan = await scanSubject(client, options, { plan, subject, slots });
  await meanwhile();
  for (const rows of scan.found.chunks(100)) {
    await storeChunk(client, options, { ...scan, rows });
  }
}

test("what a scan says of members that changed since, and were followed, is not stored", async () => {
  await using kept = await KeptWorld.open();
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }]);
  await kept.register({ segment: "berlin", criteria: 'customer.city == "Berlin"' });

  await fillAround(kept, async () => {
    await kept.people(["A", { city: "Bonn" }]);
    await kept.follow();
  });

  expect(await kept.stored()).toEqual({ berlin: ["B"] });
});

test("members whose answers time has passed are asked again about all that was scanned for", async () => {
  await using kept = await KeptWorld.open();
  await kept.people(["A", { city: "Berlin" }], "B");
  await kept.orders(order("A", "2026-02-20", "1.00"));
  await kept.follow();
  await kept.register(buyers);
  await kept.register({ segment: "berlin", criteria: 'customer.city == "Berlin"' });

  await fillAround(kept, async () => {
    // The order leaves the window, and following B brings the clock of memberships past that.
    kept.clock.set(new Date("2026-04-01T00:00:00Z"));
    await kept.people(["B", { city: "Berlin" }]);
    await kept.follow();
  });
  await kept.follow();

  expect(await kept.stored()).toEqual({ buyers: [], berlin: ["A", "B"] });
});
