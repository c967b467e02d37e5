/** Pictures that commands draw, as the option `--svg` names them. */
import { Readable } from "node:stream";
import { refuseExisting, writeNewFile } from "./new-file.ts";

/**
 * Before the work that the picture is of: refuses a file that is there already.
 * @throws InvalidInputError
 */
export async function refusePicture(file: string | undefined): Promise<void> {
  if (file !== undefined) {
    await refuseExisting(file);
  }
}

/** Draws into a new file, if one was named. */
export async function writePicture(file: string | undefined, picture: () => string): Promise<void> {
  if (file !== undefined) {
    await writeNewFile(file, Readable.from([Buffer.from(picture())]));
  }
}
