/** Progress in a line: how much, how fast, how long still. */

/** @param totalBytes the size of the whole, when it is known */
export function progressLine(
  totalBytes: number | undefined,
): (progress: { readonly bytes: number; readonly rows: number }) => string {
  const start = performance.now();
  return ({ bytes, rows }) => {
    const seconds = Math.max((performance.now() - start) / 1000, 0.001);
    const rate = Math.round(rows / seconds);
    const parts = [
      `${rows.toLocaleString("en-US")} rows`,
      `${rate.toLocaleString("en-US")} rows/s`,
    ];
    if (totalBytes !== undefined && bytes > 0) {
      const share = Math.min(1, bytes / totalBytes);
      parts.unshift(`${Math.floor(share * 100)} %`);
      parts.push(`${duration((seconds * (1 - share)) / share)} left`);
    }
    return parts.join(", ");
  };
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) {
    return `${Math.ceil(seconds)} s`;
  }
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
