/** Values that rest sealed: keys per person, envelope encryption, look-up by equality, destruction. */
export {
  type Destruction,
  type Handle,
  type Opener,
  type Protection,
  type SealedField,
  sealedLayout,
  type Sealer,
  shredded,
  type Shredded,
} from "./protection.ts";
