/** The documents of customers' rights: certificates, openings and notices. */
export {
  certificate,
  type Certificate,
  obligationState,
  opening,
  type Opening,
  type UnsignedCertificate,
} from "./certificate.ts";
export { notice, type Notice, type UnsignedNotice } from "./notice.ts";
