import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** From 1 ms to 10 s: the limits promised to users lie inside. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface MetricShape<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

/** The figures of a process, in Prometheus' text format. Labels hold names and codes, never values. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<"method" | "route" | "status">;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = this.histogram({
      name: "waybill_http_request_seconds",
      help: "Duration of HTTP requests",
      labels: ["method", "route", "status"],
    });
  }

  /** A new counter; its name ends in `_total`. */
  counter<Label extends string>({ name, help, labels }: MetricShape<Label>): Counter<Label> {
    return new Counter({ name, help, labelNames: labels, registers: [this.#registry] });
  }

  /** A new value that goes up and down. */
  gauge<Label extends string>({ name, help, labels }: MetricShape<Label>): Gauge<Label> {
    return new Gauge({ name, help, labelNames: labels, registers: [this.#registry] });
  }

  /** A new histogram of durations in seconds. */
  histogram<Label extends string>({ name, help, labels }: MetricShape<Label>): Histogram<Label> {
    return new Histogram({
      name,
      help,
      labelNames: labels,
      buckets: durationBuckets,
      registers: [this.#registry],
    });
  }

  /** Counts a request. `route` is the pattern: addresses hold ids, of which there is no end. */
  request(request: { method: string; route: string; status: number; seconds: number }): void {
    const { method, route, status, seconds } = request;
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  /** All figures as text, and the media type it has. */
  async text(): Promise<{ readonly body: string; readonly contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
