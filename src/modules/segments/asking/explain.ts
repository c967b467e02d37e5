import { NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import {
  explainQuery,
  nextFlipQuery,
  readExplanation,
  type Explanation,
} from "../../criteria/index.ts";
import type { SegmentClient, SegmentQuestion } from "../segments.ts";
import { hasBit, selectFirsts } from "../store/asking.ts";
import { selectMoves, selectMovesBySwitch, type MemberMove } from "../store/history.ts";
import { selectExplanation, selectNextFlip } from "../store/membership.ts";
import { selectPinOf, type Pin } from "../store/pins.ts";
import { selectKept } from "../store/versions.ts";
import { openBook } from "../versions/open-book.ts";
import { readTiming } from "./standing.ts";

export interface Membership {
  readonly member: boolean;
  /** Before this instant the answer cannot change without new data; undefined: time alone never changes it. */
  readonly until: Date | undefined;
  readonly explanation: Explanation;
  /** What is kept of the membership; undefined when that is of another instant than was asked about. */
  readonly kept: KeptMembership | undefined;
  /** The pin that nobody removed, expired or not. */
  readonly pin: Pin | undefined;
}

/** A membership as it is followed. */
export interface KeptMembership {
  readonly member: boolean;
  /** The version in force. */
  readonly version: number;
  /** Since when the answer has been the same, as far back as the segment is followed. */
  readonly since: Date;
  /** What brought it about; undefined: it has been the same since the segment is followed. */
  readonly move: MemberMove | undefined;
}

/**
 * Why a member is in a segment or not, since when, by what, and how long that holds.
 * @throws NotFoundError `segment-not-found` or `member-not-found`
 */
export async function explainSegment(
  client: SegmentClient,
  question: SegmentQuestion & { readonly member: bigint },
): Promise<Membership> {
  const { segment, member, asOf } = question;
  const { catalogue } = client;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, catalogue);
      const criteria = book.criteria(segment);
      const options = { catalogue, asOf, segments: book.resolve };
      const row = await selectExplanation(tx, explainQuery(criteria, { ...options, member }));
      if (row === undefined) {
        const subject = book.definition(segment).subject ?? "customers";
        throw new NotFoundError("member-not-found", `${subject} has no row ${member}`, {
          hint: "a member is named by its id in Waybill, as segment members lists them",
        });
      }
      const explanation = readExplanation(criteria, row, { ...options, member });
      const flip = nextFlipQuery(criteria, { ...options, members: [member] });
      const dataset = book.definition(segment).subject ?? customerDataset(catalogue)?.name ?? "";
      return {
        member: explanation.truth === "true",
        until: await selectNextFlip(tx, flip),
        explanation,
        kept: await keptMembership(tx, question),
        pin: await selectPinOf(tx, { segment, member, dataset, at: asOf }),
      };
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}

async function keptMembership(
  tx: Transaction,
  { segment, member, asOf }: SegmentQuestion & { readonly member: bigint },
): Promise<KeptMembership | undefined> {
  const { isCurrent } = await readTiming(tx, asOf);
  const inForce = (await selectKept(tx)).find((one) => one.name === segment && one.inForce);
  const first = (await selectFirsts(tx)).get(segment);
  const slot = inForce?.slot ?? undefined;
  if (!isCurrent || inForce === undefined || slot === undefined || first === undefined) {
    return undefined;
  }
  const range = { segment, member, before: null, limit: 1 };
  const [byItself] = await selectMoves(tx, range);
  const [bySwitch] = await selectMovesBySwitch(tx, range);
  const [move] = [byItself, bySwitch]
    .filter((one) => one !== undefined)
    .toSorted((left, right) => Number(right.change - left.change));
  return {
    member: await hasBit(tx, { slot, member }),
    version: inForce.version,
    since: move?.at ?? first,
    move,
  };
}
