/** The witness that this installation is for the ledgers of others: c2sp.org/tlog-witness. */
import { addCheckpoint, type WitnessDeps } from "../../modules/ledger/index.ts";
import type { HttpServer } from "../../platform/http/index.ts";

/** A checkpoint with 64 signatures and the longest proof is shorter. */
const LONGEST_REQUEST = 32 * 1024;

/** Adds `POST /witness/add-checkpoint`. Ledgers that nobody here trusts are answered with 404. */
export function addWitnessRoute(app: HttpServer["app"], witness: () => Promise<WitnessDeps>): void {
  void app.register((scope, _options, done) => {
    // The standard names no content type, so whatever comes is text.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post(
      "/witness/add-checkpoint",
      { bodyLimit: LONGEST_REQUEST },
      async (request, reply) => {
        const body = typeof request.body === "string" ? request.body : "";
        const answer = await addCheckpoint(await witness(), body);
        void reply.code(answer.status).header("content-type", answer.contentType);
        return answer.body;
      },
    );
    done();
  });
}
