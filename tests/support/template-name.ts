/** The database that tests are cloned from. */
export const templateName = "waybill_template";
