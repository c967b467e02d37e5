import { Command } from "commander";
import { expect, test } from "vitest";
import { UsageError, usageProblem, withUsage } from "./usage.ts";

function program(): Command {
  const segment = new Command("segment").description("who is in");
  segment.command("list").argument("<client>").option("--limit <n>");
  const take = new Command("import").argument("<client>").argument("<file...>");
  return withUsage(new Command("waybill").option("--json").addCommand(segment).addCommand(take));
}

async function refusal(...words: string[]): Promise<UsageError> {
  const refused: unknown = await program()
    .parseAsync(words, { from: "user" })
    .catch((error: unknown) => error);
  if (!(refused instanceof UsageError)) {
    throw new Error("the command line was taken");
  }
  return refused;
}

test.each([
  { words: ["impor"], message: "unknown command 'impor'", hint: "did you mean import?" },
  { words: ["segment", "lis"], message: "unknown command 'lis'", hint: "did you mean list?" },
  {
    words: ["segment", "list", "acme", "--limt", "3"],
    message: "unknown option '--limt'",
    hint: "did you mean --limit?",
  },
  {
    words: ["import", "acme"],
    message: "missing required argument 'file'",
    hint: "waybill import --help says what it takes",
  },
])("$words is refused with what to type instead", async ({ words, message, hint }) => {
  const error = usageProblem(await refusal(...words));

  expect(error).toMatchObject({ kind: "invalid-input", code: "usage", message, hint });
});

test("help lists a command's own commands, and no command by the name of help", () => {
  const help = program().helpInformation();

  expect(help).toContain("segment list ");
  expect(help).toContain("import <client> <file...>");
  expect(program().commands[0]?.helpInformation()).not.toContain("help <command>");
});
