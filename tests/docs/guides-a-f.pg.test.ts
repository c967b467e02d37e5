/** The first half of the guides: two files, so that two workers share them. */
import { testCommandsOf } from "./reader.ts";

testCommandsOf("docs/guides/[a-f]*.md");
