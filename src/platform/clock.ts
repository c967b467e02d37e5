import type { Clock } from "../kernel/index.ts";

/** The machine's clock: the one place where the program asks what time it is. */
export const systemClock: Clock = {
  now: () => new Date(),
};
