/** A reviewer at the queue: one key, one answer; until nothing is open or she has had enough. */
import type { QuestionInFull, Verdict } from "../../modules/resolution/index.ts";

/** What a review stands on. */
export interface ReviewDesk {
  /** The most valuable question that is open and not among the skipped (`LEFT-RIGHT`). */
  readonly next: (skipped: ReadonlySet<string>) => Promise<QuestionInFull | undefined>;
  readonly judge: (question: QuestionInFull, verdict: Verdict) => Promise<void>;
  /** Takes the answer back. */
  readonly undo: (question: QuestionInFull) => Promise<void>;
  readonly show: (question: QuestionInFull) => Promise<void>;
  readonly say: (text: string) => void;
}

export interface ReviewTally {
  readonly judged: number;
  readonly skipped: number;
  /** Whether nothing is left but what was skipped. */
  readonly done: boolean;
}

export const REVIEW_KEYS = "s same · d different · u unsure · k skip · z undo · q quit";

type Answer = Verdict | "skip" | "undo" | "quit";

const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ["s", "same"],
  ["d", "different"],
  ["u", "unsure"],
  ["k", "skip"],
  ["z", "undo"],
  ["q", "quit"],
  // Ctrl-C and Ctrl-D, which a terminal in raw mode hands on as keys.
  ["\u0003", "quit"],
  ["\u0004", "quit"],
]);

interface Done {
  readonly question: QuestionInFull;
  readonly answer: Verdict | "skip";
}

/** Asks and answers. The end of `keys` is a `q`; keys that mean nothing are passed over. */
export async function review(desk: ReviewDesk, keys: AsyncIterable<string>): Promise<ReviewTally> {
  const past: Done[] = [];
  const skipped = (): Set<string> =>
    new Set(past.filter(({ answer }) => answer === "skip").map(({ question }) => nameOf(question)));
  const tally = (done: boolean): ReviewTally => {
    const count = skipped().size;
    return { judged: past.length - count, skipped: count, done };
  };
  const show = async (): Promise<QuestionInFull | undefined> => {
    const next = await desk.next(skipped());
    if (next !== undefined) {
      await desk.show(next);
    } else if (past.length > 0) {
      desk.say("nothing else is open; z takes the last answer back, any other key ends");
    }
    return next;
  };
  let question = await show();
  if (question === undefined) {
    return tally(true);
  }
  for await (const key of keys) {
    const answer = ANSWERS.get(key.toLowerCase());
    if (answer === "quit" || (question === undefined && answer !== "undo")) {
      return tally(question === undefined);
    }
    if (answer === undefined) {
      continue;
    }
    if (answer === "undo") {
      await takeBack(desk, past.pop());
    } else if (question !== undefined) {
      past.push(await answered(desk, { question, answer }));
    }
    question = await show();
  }
  return tally(question === undefined);
}

async function answered(desk: ReviewDesk, done: Done): Promise<Done> {
  const { question, answer } = done;
  if (answer !== "skip") {
    await desk.judge(question, answer);
  }
  desk.say(`${nameOf(question)}: ${answer === "skip" ? "skipped" : answer}`);
  return done;
}

async function takeBack(desk: ReviewDesk, last: Done | undefined): Promise<void> {
  if (last === undefined) {
    desk.say("there is nothing to take back");
    return;
  }
  if (last.answer !== "skip") {
    await desk.undo(last.question);
  }
  desk.say(`${nameOf(last.question)}: taken back`);
}

function nameOf({ left, right }: QuestionInFull): string {
  return `${left}-${right}`;
}
