/** Issues the certificate of a request as it stands, and notes it in the ledger. */
import { ConflictError } from "../../../kernel/index.ts";
import type { Certificate } from "../../../protocol/rights/index.ts";
import { recordInLedger, sha256 } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { requestStatus, type RequestStatus, type ShownObligation } from "../status.ts";
import { rightOfKind } from "../store/requests.ts";
import { type Signed, signCertificate } from "./signed.ts";

export interface CertifyInput {
  readonly client: RightsClient;
  readonly request: string;
  readonly actor: string;
}

/**
 * Issues a certificate. One may be issued at any time; it says what is still open.
 * @throws NotFoundError when there is no such request
 * @throws ConflictError while the keys of an erasure are still there
 */
export async function certify(
  deps: RightsDeps,
  { client, request, actor }: CertifyInput,
): Promise<Signed<Certificate>> {
  return await deps.db.scoped(client.scope, async (tx) => {
    const now = deps.clock.now();
    const status = await requestStatus(tx, { client: client.key, request, now });
    if (status.request.state === "keys") {
      throw new ConflictError(
        "keys-not-destroyed",
        `the data of request ${request} are gone, but its keys are not destroyed yet`,
        { hint: `make the key database reachable, then: waybill rights resume ${client.key}` },
      );
    }
    const signed = signCertificate(claimsOf(deps, client.key, { status, now }), deps.signer);
    await recordInLedger(tx, [
      {
        version: "1",
        kind: "certificate-issued",
        at: now.toISOString(),
        actor,
        about: `request ${request}`,
        certificate: sha256(signed.bytes).toString("hex"),
      },
    ]);
    return signed;
  });
}

function claimsOf(
  { newId, operator }: RightsDeps,
  client: string,
  { status: { request, obligations }, now }: { readonly status: RequestStatus; readonly now: Date },
): Omit<Certificate, "signature"> {
  const at = request.requestedAt.toISOString();
  return {
    version: "1",
    certificateId: newId(),
    issuedAt: now.toISOString(),
    operator,
    client,
    request: { id: request.request, right: rightOfKind(request.kind), at },
    subject: { algorithm: "SHA-256-salted", commitment: request.subject.toString("hex") },
    data: {
      at,
      change: Number(request.change),
      rows: { ...request.done.rows },
      keysDestroyed: Number(request.keysDestroyed),
      suppressed: request.done.suppressed,
    },
    obligations: obligations.map(certified),
    complete: obligations.every(({ settledAt }) => settledAt !== null),
  };
}

function certified(obligation: ShownObligation): Certificate["obligations"][number] {
  const {
    obligation: id,
    recipient,
    state,
    dueAt,
    sentAt,
    settledAt,
    noticeSha256,
    proof,
  } = obligation;
  return {
    id,
    recipient,
    state,
    due: dueAt.toISOString(),
    notice: noticeSha256.toString("hex"),
    ...(sentAt === null ? {} : { sentAt: sentAt.toISOString() }),
    ...(settledAt === null ? {} : { settledAt: settledAt.toISOString() }),
    ...(proof === null ? {} : { proof: proof.toString("hex") }),
  };
}
