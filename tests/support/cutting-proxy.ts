/**
 * A way to PostgreSQL that breaks at the worst moment: after a transaction was committed and before its
 * client hears of it (messages: https://www.postgresql.org/docs/18/protocol-message-formats.html).
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { once } from "node:events";

export interface CuttingProxy extends AsyncDisposable {
  /** The database, by this way. */
  readonly url: string;
  /** How many connections it has cut: one at most. */
  readonly cuts: number;
}

/** A message of `commit`, as the driver sends it, and the server's answer to it. */
const COMMIT = Buffer.from("commit\0");
const COMMITTED = Buffer.from("COMMIT\0");
/** The length of a message counts itself; the first message of a connection has no type before it. */
const LENGTH_BYTES = 4;

/**
 * Cuts once: the connection of the first transaction that has sent a statement like this, when the
 * server has answered its commit.
 */
export async function cuttingProxy(url: string, statement: RegExp): Promise<CuttingProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const messages = new Messages();
    let [isMarked, isCommitting] = [false, false];
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", end);
      socket.once("close", () => sockets.delete(socket));
    }
    client.on("data", (chunk: Buffer) => {
      for (const message of messages.take(chunk)) {
        const isEnd = message.equals(COMMIT);
        isCommitting ||= isEnd && isMarked && cuts === 0;
        isMarked = !isEnd && (isMarked || statement.test(message.toString("latin1")));
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => {
      if (isCommitting && cuts === 0 && chunk.includes(COMMITTED)) {
        cuts += 1;
        end();
        return;
      }
      client.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const way = new URL(url);
  way.hostname = "127.0.0.1";
  way.port = String((server.address() as AddressInfo).port);
  return {
    url: way.href,
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, "close");
    },
  };
}

/** What a client says, message by message, without types and lengths. */
class Messages {
  #rest = Buffer.alloc(0);
  #typeBytes = 0;

  *take(chunk: Buffer): Iterable<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#typeBytes + LENGTH_BYTES;
      if (this.#rest.length < head) {
        return;
      }
      const end = this.#typeBytes + this.#rest.readUInt32BE(this.#typeBytes);
      if (this.#rest.length < end) {
        return;
      }
      yield this.#rest.subarray(head, end);
      this.#rest = this.#rest.subarray(end);
      this.#typeBytes = 1;
    }
  }
}
