/**
 * HTML as a tagged template: what is put in is escaped unless it is itself {@link Html}. There is no
 * way to put text in unescaped, so that a name in a definition can never become markup.
 */

/** Markup that is safe to send. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlPart = Html | string | number | bigint | undefined | readonly HtmlPart[];

/** Makes markup of a template; absent parts leave nothing, lists are put one after the other. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const texts = strings.map((text, index) => text + written(parts[index]));
  return new Html(texts.join(""));
}

function written(part: HtmlPart): string {
  if (part instanceof Html) {
    return part.text;
  }
  if (isList(part)) {
    return part.map(written).join("");
  }
  return part === undefined ? "" : escaped(String(part));
}

function isList(part: HtmlPart): part is readonly HtmlPart[] {
  return Array.isArray(part);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character);
}
