import { expect, test } from "vitest";
import { blocksOf, commandsOf } from "./document.ts";

const DOCUMENT = `
# Trying it

\`\`\`sh
npm run demo
cat > source.yaml <<'END'
source: shop

dataset: customers
END
./waybill plan shop        # what would change
./waybill import shop customers \\
    customers.csv          # a held import exits 3
./waybill serve            # until Ctrl-C
\`\`\`

## The file

\`\`\`yaml
source: shop
\`\`\`

\`\`\`
./waybill shown only
\`\`\`
`;

test("a document's commands are those of its sh blocks that end by themselves", () => {
  expect(commandsOf(DOCUMENT)).toEqual([
    {
      line: "cat > source.yaml <<'END'\nsource: shop\n\ndataset: customers\nEND",
      exitCode: 0,
    },
    { line: "./waybill plan shop        # what would change", exitCode: 0 },
    {
      line: "./waybill import shop customers \\\n    customers.csv          # a held import exits 3",
      exitCode: 3,
    },
  ]);
});

test("a block knows its language and the heading above it", () => {
  expect(blocksOf(DOCUMENT).map(({ language, heading }) => [heading, language])).toEqual([
    ["Trying it", "sh"],
    ["The file", "yaml"],
    ["The file", ""],
  ]);
});
