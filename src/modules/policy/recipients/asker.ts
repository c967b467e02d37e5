/**
 * Who asks: every read of a client's data happens as a recipient and for a purpose, and both follow
 * from who acts, so that nobody reads as somebody they are not.
 */
import { ForbiddenError, NotFoundError, RefusedError, didYouMean } from "../../../kernel/index.ts";
import { agreementState, localDate } from "../../../protocol/waybill/index.ts";
import { coversKey, type Catalogue } from "../../contracts/index.ts";
import { allowsPurpose } from "./agreement.ts";
import type { Recipient } from "./recipient.ts";

/** As whom and for what somebody says they ask; what is left out follows from who they are. */
export interface Asked {
  readonly as?: string | undefined;
  /** A fideslang data use key. */
  readonly purpose?: string | undefined;
}

/** What that is judged by. */
export interface AskingScene {
  /** Those in force. */
  readonly recipients: readonly Recipient[];
  readonly catalogue: Catalogue;
  readonly at: Date;
}

/** A recipient whose agreement is in force, and a purpose that agreement and contract allow. */
export interface Asker {
  readonly recipient: Recipient;
  readonly purpose: string;
}

/** Whether somebody acts as a recipient: named among its members, or with everybody of their way in. */
export function isMember({ members }: Pick<Recipient, "members">, actor: string): boolean {
  const everybody = `${actor.slice(0, actor.indexOf(":"))}:*`;
  return members.some((member) => member === actor || member === everybody);
}

/**
 * As whom and for what an actor asks: what they say, or else the one recipient they belong to and the
 * one purpose that it has.
 * @param actor as the change log names who acts: `cli:alice`
 * @throws RefusedError `recipients-none`, `recipient-choice`, `purpose-choice`, `purpose-not-agreed`,
 * `purpose-not-in-contract`, `agreement-not-in-force`
 * @throws ForbiddenError `not-a-member` when the actor does not belong to the recipient, or to none
 * @throws NotFoundError `recipient-unknown`
 */
export function resolveAsker(actor: string, asked: Asked, scene: AskingScene): Asker {
  const recipient = chooseRecipient(actor, asked, scene);
  return { recipient, purpose: choosePurpose(recipient, asked.purpose, scene) };
}

/** @throws RefusedError `agreement-not-in-force` when the recipient may have nothing at that instant */
export function refuseOutsideAgreement(
  { recipient, agreement }: Recipient,
  { catalogue, at }: Pick<AskingScene, "catalogue" | "at">,
): void {
  const day = localDate(at, catalogue.timeZone);
  const state = agreementState(agreement, day);
  if (state !== "in-force") {
    const when = state === "ended" ? `ended on ${agreement.until}` : `begins on ${agreement.from}`;
    throw new RefusedError(
      "agreement-not-in-force",
      `agreement ${agreement.id} version ${agreement.version} with ${recipient} ${when}: it has nothing on ${day}`,
      [],
      { hint: `agree on an extension, then correct the days in recipients/${recipient}.yaml` },
    );
  }
}

function chooseRecipient(actor: string, { as, purpose }: Asked, scene: AskingScene): Recipient {
  const { recipients } = scene;
  if (recipients.length === 0) {
    throw new RefusedError(
      "recipients-none",
      `${scene.catalogue.client} has no recipients, so nobody may see its data`,
      [],
      { hint: `add recipients/NAME.yaml with ${actor} among its members: docs/recipients.md` },
    );
  }
  const own = recipients.filter((one) => isMember(one, actor));
  if (as !== undefined) {
    return named(as, actor, { own, recipients });
  }
  if (own.length === 0) {
    throw new ForbiddenError("not-a-member", `${actor} is a member of no recipient`, {
      hint: `there are ${namesOf(recipients)}; add ${actor} to the members of one`,
    });
  }
  const day = localDate(scene.at, scene.catalogue.timeZone);
  const able = own.filter(
    ({ agreement }) =>
      agreementState(agreement, day) === "in-force" &&
      (purpose === undefined || allowsPurpose(agreement, purpose)),
  );
  // When none is able, the only one says best what is amiss with it.
  const [only, ...others] = able.length === 0 ? own : able;
  if (only === undefined || others.length > 0) {
    throw new RefusedError("recipient-choice", `${actor} is a member of several recipients`, [], {
      hint: `say which with --as: ${namesOf(able.length === 0 ? own : able)}`,
    });
  }
  return only;
}

function named(
  as: string,
  actor: string,
  {
    own,
    recipients,
  }: { readonly own: readonly Recipient[]; readonly recipients: readonly Recipient[] },
): Recipient {
  const found = own.find(({ recipient }) => recipient === as);
  if (found !== undefined) {
    return found;
  }
  const choice =
    own.length === 0 ? `${actor} is a member of none` : `${actor} can ask as ${namesOf(own)}`;
  if (!recipients.some(({ recipient }) => recipient === as)) {
    const names = own.map(({ recipient }) => recipient);
    throw new NotFoundError("recipient-unknown", `there is no recipient ${JSON.stringify(as)}`, {
      hint: didYouMean(as, names) ?? choice,
    });
  }
  throw new ForbiddenError("not-a-member", `${actor} is no member of the recipient ${as}`, {
    hint: own.length === 0 ? `add ${actor} to the members in recipients/${as}.yaml` : choice,
  });
}

function choosePurpose(
  recipient: Recipient,
  purpose: string | undefined,
  scene: AskingScene,
): string {
  refuseOutsideAgreement(recipient, scene);
  const { purposes } = scene.catalogue;
  const choice = purposes.filter((one) => allowsPurpose(recipient.agreement, one));
  const hint =
    choice.length === 0
      ? "agreement and contract have no purpose in common"
      : `say which with --purpose: ${choice.join(", ")}`;
  const refuse = (code: string, message: string): RefusedError =>
    new RefusedError(code, message, [], {
      hint: purpose === undefined ? hint : (didYouMean(purpose, choice) ?? hint),
    });
  if (purpose === undefined) {
    const [only, ...others] = choice;
    if (only === undefined || others.length > 0) {
      const count = only === undefined ? "no purpose that the contract allows" : "several purposes";
      throw refuse("purpose-choice", `the agreement with ${recipient.recipient} has ${count}`);
    }
    return only;
  }
  if (!purposes.some((one) => coversKey(one, purpose))) {
    throw refuse("purpose-not-in-contract", `the contract does not allow the purpose ${purpose}`);
  }
  if (!allowsPurpose(recipient.agreement, purpose)) {
    throw refuse(
      "purpose-not-agreed",
      `the agreement with ${recipient.recipient} does not allow the purpose ${purpose}`,
    );
  }
  return purpose;
}

function namesOf(recipients: readonly Recipient[]): string {
  return recipients.map(({ recipient }) => recipient).join(", ");
}
