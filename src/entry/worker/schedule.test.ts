import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideSchedules, nextRun, type RouteSchedule, type ScheduledRoute } from "./schedule.ts";

const timeZone = "Europe/Berlin";
const route = (cron: string, name = "list"): ScheduledRoute => ({
  client: "acme",
  route: name,
  cron,
  timeZone,
});
const at = (text: string) => new Date(text);

/** The next few runs behind an instant. */
function runs(cron: string, after: string, count: number): string[] {
  const found: string[] = [];
  let last = at(after);
  while (found.length < count) {
    last = nextRun({ cron, timeZone }, last) ?? last;
    found.push(last.toISOString().slice(0, 16));
  }
  return found;
}

describe("the next run", () => {
  test("keeps its local time when the clocks change", () => {
    expect(runs("0 6 * * 1", "2026-10-18T12:00:00Z", 2)).toEqual([
      "2026-10-19T04:00",
      "2026-10-26T05:00",
    ]);
  });

  test("falls on the end of the gap when its local time is skipped", () => {
    expect(runs("30 2 * * *", "2026-03-28T00:00:00Z", 3)).toEqual([
      "2026-03-28T01:30",
      "2026-03-29T01:00",
      "2026-03-30T00:30",
    ]);
  });

  test("falls on the first of both when its local time comes twice", () => {
    expect(runs("30 2 * * *", "2026-10-24T00:00:00Z", 3)).toEqual([
      "2026-10-24T00:30",
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
  });

  test("comes after the instant asked about, also for that instant itself", () => {
    expect(nextRun(route("0 6 * * *"), at("2026-06-01T04:00:00Z"))).toEqual(
      at("2026-06-02T04:00:00Z"),
    );
  });

  test("is none when the schedule has no further day", () => {
    expect(nextRun(route("0 0 6 1 1 * 2020"), at("2026-06-01T04:00:00Z"))).toBeNull();
  });
});

const instants = fc
  .date({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
const crons = fc.constantFrom("*/30 * * * *", "30 2 * * *", "0 6 * * 1", "15 3 1 * *");

describe("a look at the clock", () => {
  test("follows new routes, changed ones and those that vanished", () => {
    const stored: RouteSchedule[] = [
      { ...route("0 6 * * *", "same"), nextAt: at("2026-06-02T04:00:00Z") },
      { ...route("0 6 * * *", "changed"), nextAt: at("2026-06-02T04:00:00Z") },
      { ...route("0 6 * * *", "vanished"), nextAt: at("2026-06-02T04:00:00Z") },
    ];
    const wanted = [
      route("0 6 * * *", "same"),
      route("0 7 * * *", "changed"),
      route("0 8 * * *", "new"),
    ];

    const decision = decideSchedules(stored, wanted, at("2026-06-01T12:00:00Z"));

    expect(decision.due).toEqual([]);
    expect(decision.kept.map((one) => [one.route, one.nextAt?.toISOString()])).toEqual([
      ["changed", "2026-06-02T05:00:00.000Z"],
      ["new", "2026-06-02T06:00:00.000Z"],
    ]);
    expect(decision.dropped.map((one) => one.route)).toEqual(["vanished"]);
    expect(decision.wakeAt).toEqual(at("2026-06-02T04:00:00Z"));
  });

  test("finds a route due once, however many of its runs were missed", () => {
    fc.assert(
      fc.property(crons, instants, instants, (cron, one, other) => {
        const [begin, now] = one < other ? [one, other] : [other, one];
        const wanted = [route(cron)];
        const before = decideSchedules([], wanted, begin);

        const decision = decideSchedules(before.kept, wanted, now);
        const again = decideSchedules(
          decision.due.length === 0 ? before.kept : decision.kept,
          wanted,
          now,
        );

        const isMissed = (before.wakeAt ?? now) <= now;
        expect(decision.due).toHaveLength(isMissed && before.wakeAt !== undefined ? 1 : 0);
        expect(again.due).toEqual([]);
        expect(again.wakeAt?.getTime()).toBeGreaterThan(now.getTime());
      }),
    );
  });

  test("owes nothing of a schedule that was changed since", () => {
    const stored = [{ ...route("0 6 * * *"), nextAt: at("2026-06-01T04:00:00Z") }];

    const { due } = decideSchedules(stored, [route("0 7 * * *")], at("2026-06-01T12:00:00Z"));

    expect(due).toEqual([]);
  });

  test("wakes for nobody when nothing is scheduled", () => {
    expect(decideSchedules([], [], at("2026-06-01T12:00:00Z")).wakeAt).toBeUndefined();
  });
});
