/** Rights: what customers may ask for, carried out everywhere and proved. */
export {
  type CertificateCheck,
  type CertificateVerification,
  judgeCertificate,
  type JudgeRequest,
} from "./certificate/judge.ts";
