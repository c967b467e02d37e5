/** The database that tests are cloned from. */
export const templateName = "waybill_template";

/** The key of the client whose schema is ready in every clone, for the first that a test asks for. */
export const readyKey = "ready";
