import { totalmem } from "node:os";

const mebibyte = 1024 * 1024;

/**
 * The server's settings, for a machine that it shares with Waybill: an eighth of the memory for
 * its cache, from 128 MB to 512 MB.
 *
 * `fsync` and `synchronous_commit` stay on: what was accepted is on disk.
 * `wal_compression` is `pglz`, the only kind that every build has. Without it, importing and following changes
 * took a twentieth to a quarter less of the server's processor, but whatever changes rows here and there waits
 * for the disk: linking 10,000 records to 100,000 took 12.4 and 12.1 s without it, 8.6 and 9.0 with it.
 * `jit` off: measured by many to cost more than it brings on short analytical statements.
 * `log_min_messages = log` and terse: the log then holds no statement and no value of a record.
 */
export function serverSettings(port: number): Record<string, string> {
  const cacheMb = Math.round(Math.min(512, Math.max(128, totalmem() / 8 / mebibyte)));
  return {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "60",
    shared_buffers: `${cacheMb}MB`,
    work_mem: "32MB",
    maintenance_work_mem: "256MB",
    max_wal_size: "4GB",
    checkpoint_timeout: "15min",
    wal_compression: "pglz",
    random_page_cost: "1.1",
    jit: "off",
    password_encryption: "scram-sha-256",
    log_min_messages: "log",
    log_error_verbosity: "terse",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
  };
}
