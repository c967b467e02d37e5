/** What every read of a client's data for somebody needs: whose data, what may be seen of it, and the keys. */
import type { Catalogue } from "../../contracts/index.ts";
import type { Access } from "../../policy/index.ts";
import type { Protection } from "../../protection/index.ts";

export interface Seeing {
  readonly catalogue: Catalogue;
  /** What the recipient may have for its purpose at this instant. */
  readonly access: Access;
  /** Opens sealed fields; asked for only where one is seen. */
  readonly protection: () => Promise<Protection>;
}
