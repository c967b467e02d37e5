import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../tests/segments/kept-world.ts";
import { Metrics } from "../../platform/http/index.ts";
import { createLog } from "../../platform/logging/index.ts";
import { FollowingFigures } from "./following-figures.ts";
import { startFollowing } from "./following.ts";

const buyers = { segment: "buyers", criteria: 'orders.within("30d").any()' };

function deps(kept: KeptWorld) {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const metrics = new Metrics();
  const figures = new FollowingFigures(metrics);
  const { db } = kept.client;
  const log = createLog({ to });
  return { lines, metrics, with: { db, clock: kept.clock, log, figures, draw: () => 0 } };
}

/** Ends when somebody entered or left so often. */
async function entries(kept: KeptWorld, count: number): Promise<void> {
  let told = (): void => {};
  await using _listening = kept.client.db.listen({
    channel: "waybill_memberships",
    onConnected: () => told(),
    onNotice: () => told(),
  });
  while ((await kept.told()).length < count) {
    await new Promise<void>((resolve) => (told = resolve));
  }
}

test("what an import brings moves customers without anybody asking", async () => {
  await using kept = await KeptWorld.open(buyers);
  await kept.applyContract();
  const { metrics, lines, with: options } = deps(kept);
  {
    await using _following = startFollowing(options);

    await kept.people("A", "B");
    await kept.orders(order("A", "2026-02-20", "1.00"));

    await entries(kept, 1);
  }
  expect(await kept.stored()).toEqual({ buyers: ["A"] });
  const { body } = await metrics.text();
  expect(body).toContain('waybill_memberships_total{client="acme",kind="entered"} 1');
  expect(lines.filter((line) => !line.includes(`"level":"info"`))).toEqual([]);
});

test("several processes follow one client together and tell everything once", async () => {
  await using kept = await KeptWorld.open(buyers);
  await kept.applyContract();
  {
    await using _first = startFollowing(deps(kept).with);
    await using _second = startFollowing(deps(kept).with);

    for (let n = 0; n < 10; n++) {
      await kept.people(`P${n}`);
      await kept.orders(order(`P${n}`, "2026-02-20", "1.00"));
    }

    await entries(kept, 10);
  }
  const told = await kept.told();
  expect(told.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `+buyers P${n}`));
});
