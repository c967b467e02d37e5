import { WaybillError } from "../kernel/index.ts";

/**
 * Why something failed that a command did besides, fit for a user's eyes: of an unknown error, whose
 * message may hold a value, its name.
 */
export function problemText(error: unknown): string {
  if (error instanceof WaybillError) {
    return error.message;
  }
  return `an unforeseen ${error instanceof Error ? error.name : typeof error}`;
}
