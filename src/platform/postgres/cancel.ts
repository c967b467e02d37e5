import { connect } from "node:net";
import type { ClientBase } from "pg";

/** Request code 1234.5678 of the message CancelRequest (PostgreSQL documentation, 54.7). */
const cancelRequestCode = 80877102;

/** How often a request is repeated: one that arrives before its statement hits nothing. */
const repeatMs = 250;

/**
 * Asks the server, over a connection of its own, to stop what `client` runs, and again until the
 * returned function is called. The request goes unencrypted, as libpq sent it until version 17: it
 * holds no credentials but the key of this one backend, which is about to be thrown away.
 */
export function cancelUntilSettled(client: ClientBase): () => void {
  const packet = cancelPacket(client);
  if (packet === undefined) {
    return () => {};
  }
  sendTo(client, packet);
  const timer = setInterval(() => sendTo(client, packet), repeatMs);
  return () => clearInterval(timer);
}

function cancelPacket(client: ClientBase): Buffer | undefined {
  const pid: unknown = Reflect.get(client, "processID");
  const secret: unknown = Reflect.get(client, "secretKey");
  if (typeof pid !== "number" || typeof secret !== "number") {
    return undefined;
  }
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(cancelRequestCode, 4);
  packet.writeInt32BE(pid, 8);
  packet.writeInt32BE(secret, 12);
  return packet;
}

function sendTo(client: ClientBase, packet: Buffer): void {
  const host: unknown = Reflect.get(client, "host");
  const port: unknown = Reflect.get(client, "port");
  if (typeof host !== "string" || typeof port !== "number") {
    return;
  }
  const socket = host.startsWith("/")
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port });
  // A request that cannot be sent changes nothing: the statement's own timeout still ends it.
  socket.on("error", () => socket.destroy());
  socket.end(packet);
}
