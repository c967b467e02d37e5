import { Command, Option } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
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
import { action, type Invocation } from "../invocation.ts";
import type { Output } from "../output.ts";
import { parseLimit, parseReviewer } from "../parse.ts";
import { recordNames } from "../record-names.ts";
import { review, REVIEW_KEYS, type ReviewDesk } from "../review-loop.ts";
import { renderQuestion, renderQueue, renderReview } from "../review-screen.ts";

export function reviewCommand(): Command {
  return new Command("review")
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
Scripts answer with 'waybill resolve judge'. It shows values of records.

Exit codes: 0 ended, 2 there is no terminal to ask at, 5 the client was never resolved.`,
    )
    .action(action(runReview));
}

interface ReviewOptions {
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
  { db, clock, actor }: Pick<Context, "db" | "clock" | "actor">,
  client: Client,
  {
    by = actor,
    dataset,
    output,
  }: Pick<ReviewOptions, "by" | "dataset"> & { readonly output: Pick<Output, "note"> },
): ReviewDesk {
  const act = { by, clock, dataset };
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
      output.note(`\n${await screenOf({ db, client, dataset }, question)}\n\n${REVIEW_KEYS}`),
    say: (text) => output.note(text),
  };
}

async function screenOf(
  {
    db,
    client,
    dataset,
  }: Pick<Context, "db"> & {
    readonly client: Client;
    readonly dataset: string | undefined;
  },
  question: QuestionInFull,
): Promise<string> {
  const customers = [question.leftCustomer, question.rightCustomer];
  return await db.scoped(
    client.scope,
    async (tx) => {
      const { linker } = await openMatcher(tx, client, dataset);
      const names = await recordNames(tx, client, { customers, dataset });
      return renderQuestion(question, { model: linker.model, names });
    },
    { readOnly: true },
  );
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
