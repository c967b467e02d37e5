/** Jobs: work that outlives a request, can be listed, watched and cancelled, and survives its process. */
export {
  defineJob,
  type Job,
  type JobContext,
  type JobProgress,
  type JobRun,
  type JobState,
} from "./job.ts";
export { cancelJob, enqueueJob, findJob, listJobs, prepareJobs, watchJob } from "./queue.ts";
export { startWorkers, type Workers, type WorkersOptions } from "./workers.ts";
