/** Who acts when a job does, as changes, intakes and deliveries name it: for example `worker:12`. */
export function jobActor(job: bigint): string {
  return `worker:${job}`;
}
