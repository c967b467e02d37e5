import type { Definition } from "../../contracts/index.ts";

/** A definition file, as far as it is judged here: every `Definition` of a client's folder is one. */
export type DefinitionFile = Pick<Definition, "name" | "file" | "body" | "locate"> & {
  readonly kind: string;
};
