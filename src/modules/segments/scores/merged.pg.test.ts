import { expect, test } from "vitest";
import { KeptWorld } from "../../../../tests/segments/kept-world.ts";

test("until the next calculation a merged customer keeps his score, and who is split off has the one he had", async () => {
  await using kept = await KeptWorld.open({ segment: "top", criteria: 'score("spend") >= 4' });
  await kept.people("A", "B");
  const [row] = await kept.world.query<{ record: bigint; ann: bigint; bob: bigint }>(
    `select _record as record, _id as ann, (select _id from customers where customer_no = 'B') as bob
       from customers__records where customer_no = 'A'`,
  );
  const { record, ann, bob } = row ?? { record: 0n, ann: 0n, bob: 0n };
  await kept.run("insert into _scores (score, customer, bucket) values ('spend', $1, 5)", [ann]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ top: ["A"] });

  await kept.world.regroup([{ record, id: bob }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ top: [] });

  await kept.world.regroup([{ record, id: ann }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ top: ["A"] });
  expect(await kept.stored()).toEqual(await kept.onDemand());
});
