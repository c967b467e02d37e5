import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { RefusedError } from "../../../kernel/index.ts";
import { isPublicAddress, publicLookup, refusePrivateLiteral } from "./address-guard.ts";

describe("an address is public", () => {
  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "2606:4700:4700::1111",
    "2a00:1450::1",
  ])("when it is %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe("an address is not public", () => {
  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "localhost",
    "",
  ])("when it is %j", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

test.each(["127.0.0.1", "[::1]", "169.254.169.254"])(
  "a url that names %s is refused",
  (hostname) => {
    expect(() => refusePrivateLiteral(hostname)).toThrow(RefusedError);
  },
);

test.each(["example.com", "8.8.8.8", "[2606:4700:4700::1111]"])(
  "a url that names %s goes on",
  (hostname) => {
    expect(() => refusePrivateLiteral(hostname)).not.toThrow();
  },
);

test("a name that resolves to this machine is refused when it is connected to", async () => {
  const lookup = promisify(publicLookup);
  await expect(lookup("localhost", {})).rejects.toThrow(RefusedError);
  await expect(lookup("localhost", { all: true })).rejects.toThrow(RefusedError);
});
