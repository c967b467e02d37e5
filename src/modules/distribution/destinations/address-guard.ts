/**
 * Keeps webhooks out of private networks (server-side request forgery). What counts is the address that
 * is connected to, not the name: a name can resolve differently a moment later.
 */
import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { RefusedError } from "../../../kernel/index.ts";

/** What is not globally reachable in IANA's special-purpose registries (RFC 6890), and multicast. */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Those of IPv6, with the ranges that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo). */
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** Two lists: in one, the range of IPv4-mapped addresses would match every IPv4 address. */
const specialIpv4 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV4) {
  specialIpv4.addSubnet(network, prefix, "ipv4");
}
const specialIpv6 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV6) {
  specialIpv6.addSubnet(network, prefix, "ipv6");
}

/** Whether an IP address can be reached from anywhere: not private, loopback, link-local or reserved. */
export function isPublicAddress(address: string): boolean {
  const [bare = ""] = address.split("%");
  switch (isIP(bare)) {
    case 4:
      return !specialIpv4.check(bare, "ipv4");
    case 6:
      return !specialIpv6.check(bare, "ipv6");
    default:
      return false;
  }
}

/** @throws RefusedError when the host is written as an address that is not public */
export function refusePrivateLiteral(hostname: string): void {
  const bare = hostname.replace(/^\[|\]$/gu, "");
  if (isIP(bare) !== 0 && !isPublicAddress(bare)) {
    throw privateAddressError();
  }
}

/** A `lookup` for sockets that gives public addresses only and fails when the name has another one. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { all: true } = { ...options, all: true };
  resolve(hostname, all, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) {
      callback(error ?? new Error("the name has no address"), "", 0);
    } else if (!addresses.every(({ address }) => isPublicAddress(address))) {
      callback(privateAddressError(), "", 0);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

function privateAddressError(): RefusedError {
  return new RefusedError(
    "webhook-private-address",
    "the webhook's address lies in a private or reserved network",
    [],
    { hint: "if the receiver is really there, say `allowPrivate: true` in the destination" },
  );
}
