import { expect, test } from "vitest";
import { FixedClock } from "../../kernel/index.ts";
import { readFolder } from "../../modules/contracts/index.ts";
import type { AskingOptions } from "./asking.ts";
import { refuseAskerOfFolder } from "./folder-asker.ts";

const folder = await readFolder("examples/retail");
const clock = new FixedClock(new Date("2026-06-01T00:00:00Z"));
const JONAS = "cli:jonas";
const SUPPORT = "essential.service.operations.support";

function ask(actor: string, asked: AskingOptions, of = folder): () => void {
  return () => refuseAskerOfFolder({ actor, clock }, of, asked);
}

test("a member may ask as the recipient that the folder brings", () => {
  expect(ask(JONAS, { as: "desk-germany" })).not.toThrow();
});

test.each([
  ["a recipient that the folder has not", "recipient-unknown", { as: "desk-germny" }],
  ["a recipient without the one who asks", "not-a-member", { as: "desk-france" }],
  [
    "a purpose that the contract does not allow",
    "purpose-not-in-contract",
    { as: "desk-germany", purpose: "marketing" },
  ],
])("asking as or for %s is refused", (_, code, asked) => {
  expect(ask(JONAS, asked)).toThrow(expect.objectContaining({ code }));
});

test("asking for what no policy of the folder permits is refused", () => {
  const definitions = folder.definitions.filter(({ kind }) => kind !== "policy");
  expect(ask(JONAS, { as: "desk-germany", purpose: SUPPORT }, { ...folder, definitions })).toThrow(
    expect.objectContaining({ code: "nothing-seen" }),
  );
});

test("nobody is refused who does not say as whom they ask", () => {
  expect(ask("cli:stranger", {})).not.toThrow();
});
