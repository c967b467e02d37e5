import { Command, Option } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { type Client, customerDataset, getClient } from "../../../modules/contracts/index.ts";
import { seeCustomers } from "../../../modules/customers/index.ts";
import {
  judge,
  nextQuestion,
  openMatcher,
  type QuestionInFull,
  reviewQueue,
  reviewReport,
  undoJudgement,
} from "../../../modules/resolution/index.ts";
import type { Context } from "../../context.ts";
import { openSubjects } from "../../ledgers.ts";
import { type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import type { Output } from "../output.ts";
import { parseLimit, parseReviewer } from "../parse.ts";
import { recordNames } from "../record-names.ts";
import { review, REVIEW_KEYS, type ReviewDesk } from "../review-loop.ts";
import { resolvedDataset, seePair, veiled } from "../veil.ts";
import { renderQuestion, renderQueue, renderReview } from "../review-screen.ts";

export function reviewCommand(): Command {
  return withAsking(new Command("review"))
    .description("answer what the model cannot tell, the most valuable question first")
    .argument("<client>", "the client's key")
    .option("--list", "print the queue instead of asking")
    .addOption(
      new Option(
        "--report",
        "print how far reviewers agree, and how thresholds would do",
      ).conflicts("list"),
    )
    .option("--limit <n>", "of --list: at most so many", parseLimit, 20)
    .option("--by <name>", "who answers (default: your login)", parseReviewer)
    .option("--dataset <name>", "of this dataset (default: the customers)")
    .addHelpText(
      "after",
      `
Keys: ${REVIEW_KEYS}. Each answer holds at once and outlives every run.
Scripts answer with 'waybill resolve judge'. Values are shown
as the recipient may see them.

Exit codes: 0 ended, 2 there is no terminal to ask at, 5 the client was never resolved.`,
    )
    .action(action(runReview));
}

interface ReviewOptions extends AskingOptions {
  readonly list?: boolean;
  readonly report?: boolean;
  readonly limit: number;
  readonly by?: string;
  readonly dataset?: string;
}

async function runReview(
  { open, output }: Invocation,
  key: string,
  options: ReviewOptions,
): Promise<void> {
  const { dataset, limit } = options;
  const asks = options.list !== true && options.report !== true;
  if (asks && (process.stdin.isTTY !== true || output.json)) {
    throw new InvalidInputError("no-terminal", "questions are asked at a terminal only", [], {
      hint: "--list prints them, and waybill resolve judge answers them",
    });
  }
  const context = await open();
  const client = await getClient(context.db, key);
  const { scope } = client;
  const reading = { readOnly: true, statementTimeoutMs: 0 } as const;
  if (options.list === true) {
    const questions = await context.db.scoped(
      scope,
      (tx) => reviewQueue(tx, client, { limit, dataset }),
      reading,
    );
    output.result({ client: key, questions }, () => renderQueue(questions, key));
  } else if (options.report === true) {
    const report = await context.db.scoped(
      scope,
      (tx) => reviewReport(tx, client, { dataset }),
      reading,
    );
    output.result({ client: key, ...report }, () => renderReview(report));
  } else {
    const desk = deskOf(context, client, { ...options, output });
    const tally = await review(desk, pressedKeys(process.stdin));
    const end = tally.done ? "nothing else is open" : "";
    output.result({ client: key, ...tally }, () =>
      [`${tally.judged} judged, ${tally.skipped} skipped`, end].filter(Boolean).join("; "),
    );
  }
}

/** A desk at the client's queue. */
export function deskOf(
  context: Pick<Context, "db" | "clock" | "actor" | "protect" | "dataDir">,
  client: Client,
  options: Pick<ReviewOptions, "by" | "dataset" | "as" | "purpose"> & {
    readonly output: Pick<Output, "note">;
  },
): ReviewDesk {
  const { db, clock, actor } = context;
  const { by = actor, dataset, output } = options;
  const act = { by, clock, dataset, subjects: openSubjects(context, client.key) };
  return {
    next: (skipped) =>
      db.scoped(client.scope, (tx) => nextQuestion(tx, client, { skipped, dataset }), {
        readOnly: true,
      }),
    judge: async ({ left, right }, verdict) => {
      await judge(db, client, { ...act, left, right, verdict });
    },
    undo: async ({ left, right }) => {
      await undoJudgement(db, client, { ...act, left, right });
    },
    show: async (question) =>
      output.note(`\n${await screenOf({ context, client, options }, question)}\n\n${REVIEW_KEYS}`),
    say: (text) => output.note(text),
  };
}

/** The question as it may be seen; that it was is noted before. */
async function screenOf(
  {
    context,
    client,
    options,
  }: {
    readonly context: Parameters<typeof deskOf>[0];
    readonly client: Client;
    readonly options: Pick<ReviewOptions, "dataset" | "as" | "purpose">;
  },
  question: QuestionInFull,
): Promise<string> {
  const { dataset } = options;
  const customers = [...new Set([question.leftCustomer, question.rightCustomer])];
  return await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked: options });
    const { linker } = await openMatcher(tx, client, dataset);
    const names = await recordNames(tx, seeing, { customers, dataset });
    const seen = await seePair(tx, seeing, {
      ...question,
      dataset: resolvedDataset(client, dataset),
    });
    const isOfCustomers =
      dataset === undefined || dataset === customerDataset(client.catalogue)?.name;
    await noteAccess(tx, context, {
      client,
      seeing,
      shown: {
        act: "review",
        channel: "listed",
        customers: isOfCustomers ? await seeCustomers(tx, seeing, customers) : [],
      },
    });
    const { explanation } = question;
    const score = veiled(explanation.score, linker.model, seen);
    return renderQuestion(
      { ...question, values: seen.values, explanation: { ...explanation, score } },
      { model: linker.model, names },
    );
  });
}

/** What arrow and function keys begin with: an arrow to the left ends in D, which is no answer. */
const ESCAPE = "\u001b";

/** Keys as they are pressed. The terminal is given back in the end. */
async function* pressedKeys(terminal: typeof process.stdin): AsyncGenerator<string> {
  terminal.setRawMode(true).setEncoding("utf8");
  try {
    for await (const pressed of terminal) {
      const text = String(pressed);
      if (!text.startsWith(ESCAPE)) {
        yield* text;
      }
    }
  } finally {
    terminal.setRawMode(false);
  }
}
