/** Following in a process of its own, as in a server that does nothing else. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";

const usage = z.object({
  /** Of the process since it began, user and system. */
  cpuSeconds: z.number(),
  rssMb: z.number(),
});

export type Usage = z.infer<typeof usage>;

/** The process; its end ends it. */
export interface Follower extends AsyncDisposable {
  usage(): Promise<Usage>;
}

export async function startFollower(url: string): Promise<Follower> {
  const child = fork(join(import.meta.dirname, "follower-process.ts"), [url], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error("the process that follows has ended");
      }),
    ]);
    return message;
  };
  await answer();
  return {
    async usage() {
      const answered = answer();
      child.send("usage");
      return usage.parse(await answered);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, "exit");
        child.disconnect();
        await exit;
      }
    },
  };
}
