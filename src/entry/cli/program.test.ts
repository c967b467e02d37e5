import { expect, test } from "vitest";
import { ANNOUNCEMENTS, programFor } from "./program.ts";
import { commandTerm } from "./usage.ts";

const announcements = Object.values(ANNOUNCEMENTS).flat();

test.each(announcements)(
  "$term is what it is announced as",
  async ({ term, description, load }) => {
    const command = await load();

    expect({ term: commandTerm(command), description: command.description() }).toEqual({
      term,
      description,
    });
  },
);

test.each([
  { words: ["--data", "there", "key", "--json"], what: "options of the program before it" },
  { words: ["help", "key"], what: "a wish for its help" },
  { words: ["key", "--help"], what: "an option for its help" },
])("the command that is called is found behind $what", async ({ words }) => {
  const program = await programFor(words);
  const help = program.commands.find((command) => command.name() === "key")?.helpInformation();

  expect(help).toContain("Usage: waybill key [options]\n\nprint the public key");
});

test("whatever is called, the program's help names all commands", async () => {
  const [bare, other, unknown] = await Promise.all([
    programFor([]),
    programFor(["key"]),
    programFor(["impor"]),
  ]);

  expect(bare.commands.map((command) => command.name())).toHaveLength(announcements.length);
  expect(other.helpInformation()).toBe(bare.helpInformation());
  expect(unknown.helpInformation()).toBe(bare.helpInformation());
});
