/** Follows all clients of the database named by its argument, until its parent lets go of it. */
import { once } from "node:events";
import { startFollowing } from "../../src/entry/worker/following.ts";
import { FollowingFigures } from "../../src/entry/worker/following-figures.ts";
import { must } from "../../src/kernel/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { Metrics } from "../../src/platform/http/index.ts";
import { createLog } from "../../src/platform/logging/index.ts";
import { openDatabase } from "../../src/platform/postgres/index.ts";

const url = must(process.argv[2], "the database is named");
await using db = await openDatabase({ url, applicationName: "follower" });
const figures = new FollowingFigures(new Metrics());
const log = createLog({ level: "warn" });
await using _following = startFollowing({
  db,
  clock: systemClock,
  log,
  figures,
  draw: Math.random,
});

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  process.send?.({ cpuSeconds, rssMb: process.memoryUsage.rss() / 1024 / 1024 });
});
process.send?.("started");
await once(process, "disconnect");
