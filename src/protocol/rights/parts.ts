/** What certificates and notices say in the same words. */
import { z } from "zod";

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "64 lower-case hexadecimal digits");
export const instant = z.iso.datetime({ precision: 3 });
export const text = z
  .string()
  .min(1)
  .max(500)
  .refine((value) => value.isWellFormed(), "not well-formed Unicode");
export const count = z.int().nonnegative();

/** What a request asks for: that data go, or that they be put right everywhere. */
export const right = z.enum(["erase", "correct"]);

/** The signature over the RFC 8785 form of the document without `signature.value`, as of a waybill. */
export const signature = z.strictObject({
  algorithm: z.literal("Ed25519"),
  /** The first 16 bytes of the SHA-256 of the 32 bytes of the key, in hex. */
  keyId: z.string().regex(/^[0-9a-f]{32}$/u, "32 lower-case hexadecimal digits"),
  /** 32 bytes in base64. */
  publicKey: z.base64(),
  /** 64 bytes in base64. */
  value: z.base64(),
});
