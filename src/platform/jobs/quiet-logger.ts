import { Logger } from "graphile-worker";

/**
 * The queue's own lines repeat the messages of errors, which may hold values of records. What
 * happens to a job is logged by the workers, by its number.
 */
export const quietLogger = new Logger(() => () => {});
