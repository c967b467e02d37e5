/** Node's `Buffer` for browsers: the build puts it where the name is used. */
export { Buffer } from "buffer/index.js";
