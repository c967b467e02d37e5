import { Command, Option } from "commander";
import { NotFoundError } from "../../../kernel/index.ts";
import {
  cancelJob,
  findJob,
  type JobRun,
  type JobState,
  listJobs,
} from "../../../platform/jobs/index.ts";
import type { Database } from "../../../platform/postgres/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { renderFacts, renderTable } from "../table.ts";

const STATES: readonly JobState[] = ["queued", "running", "succeeded", "failed", "cancelled"];

export function jobsCommand(): Command {
  const command = new Command("jobs").description("work in the background: watch it, or cancel it");
  command
    .command("list")
    .description("jobs, newest first")
    .option("--client <key>", "of this client alone")
    .addOption(new Option("--state <state>", "in this state alone").choices(STATES))
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .action(action(list));
  command
    .command("show")
    .description("one job: how far it is, and what went wrong")
    .argument("<job>", "the job's number", parseId)
    .action(action(show));
  command
    .command("cancel")
    .description("ask a job to end; what it has begun is rolled back")
    .argument("<job>", "the job's number", parseId)
    .action(action(cancel));
  return command;
}

/** What is said about work that was put into the background. */
export function renderEnqueued(jobs: readonly bigint[]): string {
  const shown = jobs.map((job) => `job ${job}; watch it with: waybill jobs show ${job}`);
  return [...shown, "it is done while 'waybill serve' runs"].join("\n");
}

async function list(
  { open, output }: Invocation,
  filter: { readonly client?: string; readonly state?: JobState; readonly limit: number },
): Promise<void> {
  const { db } = await open();
  const jobs = await listJobs(db, filter);
  output.result({ jobs }, () =>
    jobs.length === 0
      ? "there is no such job; put one into the background with: waybill import CLIENT DATASET FILE --background"
      : renderTable(jobs, [
          { head: "job", cell: (row) => row.job.toString() },
          { head: "does", cell: (row) => row.name },
          { head: "client", cell: (row) => row.client },
          { head: "state", cell: stateText },
          { head: "progress", cell: progressText },
          { head: "asked for", cell: (row) => row.createdAt },
          { head: "finished", cell: (row) => row.finishedAt },
          { head: "error", cell: (row) => row.errorCode },
        ]),
  );
}

async function show({ open, output }: Invocation, number: bigint): Promise<void> {
  const { db } = await open();
  const job = await getJob(db, number);
  output.result(job, () => renderJob(job));
}

async function cancel({ open, output }: Invocation, number: bigint): Promise<void> {
  const { db } = await open();
  const state = await cancelJob(db, number);
  output.result({ job: number, state }, () =>
    state === "running"
      ? `job ${number} is asked to end; watch it with: waybill jobs show ${number}`
      : `job ${number} is ${state}`,
  );
}

async function getJob(db: Database, number: bigint): Promise<JobRun> {
  const job = await findJob(db, number);
  if (job === undefined) {
    throw new NotFoundError("job-not-found", `there is no job ${number}`, {
      hint: "waybill jobs list shows their numbers",
    });
  }
  return job;
}

function renderJob(job: JobRun): string {
  return renderFacts([
    ["job", job.job.toString()],
    ["does", job.name],
    ["client", job.client],
    ["state", stateText(job)],
    ["progress", progressText(job)],
    ["attempt", `${job.attempt} of ${job.maxAttempts}`],
    ["asked for", job.createdAt],
    ["started", job.startedAt],
    ["finished", job.finishedAt],
    ["error", job.errorMessage === null ? null : `${job.errorMessage} (${job.errorCode ?? ""})`],
  ]);
}

function stateText({ state, cancelRequestedAt }: JobRun): string {
  return state === "running" && cancelRequestedAt !== null ? "running, asked to end" : state;
}

function progressText({ progress }: JobRun): string | undefined {
  if (progress === null) {
    return undefined;
  }
  const { done, total, unit } = progress;
  const share = total === undefined || total === 0 ? "" : `${Math.floor((100 * done) / total)} %, `;
  const whole = total === undefined ? "" : ` of ${total.toLocaleString("en-US")}`;
  return `${share}${done.toLocaleString("en-US")}${whole} ${unit}`;
}
