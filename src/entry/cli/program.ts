/**
 * The command line as a whole. Its commands are announced here in one line each, and only the one that is
 * called is loaded: to load them all takes 1.2 s of processor time, and the help of the program needs none.
 */
import { Command } from "commander";
import { withUsage } from "./usage.ts";

/** A command as the help of the program shows it, and the way to it. */
export interface Announcement {
  /** Its name with what it takes, or with its own commands: `import <client> <file...>`, `score list|run`. */
  readonly term: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** All commands, under the headings of the program's help. */
export const ANNOUNCEMENTS: Readonly<Record<string, readonly Announcement[]>> = {
  "What a client agreed:": [
    {
      term: "plan <folder>",
      description: "show what applying a client's folder would change",
      load: async () => (await import("./commands/definitions.ts")).planCommand(),
    },
    {
      term: "apply <folder>",
      description: "make the database what a client's folder says",
      load: async () => (await import("./commands/definitions.ts")).applyCommand(),
    },
    {
      term: "clients",
      description: "the clients and their contracts",
      load: async () => (await import("./commands/clients.ts")).clientsCommand(),
    },
  ],
  "Records in:": [
    {
      term: "import <client> <dataset> <file...>",
      description: "bring records in: all of a file's good rows, or nothing",
      load: async () => (await import("./commands/import.ts")).importCommand(),
    },
    {
      term: "intake list|show|approve|discard",
      description: "what arrived, and decisions about what is held",
      load: async () => (await import("./commands/intake.ts")).intakeCommand(),
    },
    {
      term: "quarantine list|export|retry",
      description: "rows that were refused, with the reason",
      load: async () => (await import("./commands/quarantine.ts")).quarantineCommand(),
    },
  ],
  "Who they are:": [
    {
      term: "customer search|show|export",
      description: "find, show and export customers",
      load: async () => (await import("./commands/customer.ts")).customerCommand(),
    },
    {
      term: "resolve run|explain|review|judge|merge|unmerge|undo|model",
      description:
        "find out which records are the same customer, and why; judge, merge and unmerge",
      load: async () => (await import("./commands/resolve.ts")).resolveCommand(),
    },
    {
      term: "link <file...>",
      description: "find which rows of files are the same person or company; needs no client",
      load: async () => (await import("./commands/link.ts")).linkCommand(),
    },
  ],
  "Who is in which segment:": [
    {
      term: "segment <command>",
      description: "segments: who is in, why and until when; editing, pinning and comparing them",
      load: async () => (await import("./commands/segment.ts")).segmentCommand(),
    },
    {
      term: "score list|run",
      description: "scores: each customer's place among the others, for criteria to use",
      load: async () => (await import("./commands/score.ts")).scoreCommand(),
    },
  ],
  "Who may see what:": [
    {
      term: "policy check|test|explain|diff",
      description: "policies: who may have which rows and which form of which fields",
      load: async () => (await import("./commands/policy.ts")).policyCommand(),
    },
    {
      term: "recipient list|show",
      description: "recipients: who may receive data, and what was agreed with them",
      load: async () => (await import("./commands/recipient.ts")).recipientCommand(),
    },
    {
      term: "consent show|history|grant|withdraw|import",
      description: "consents: what customers agreed to, for which purpose, by which channel",
      load: async () => (await import("./commands/consent.ts")).consentCommand(),
    },
    {
      term: "view grant|list|revoke|refresh",
      description:
        "PostgreSQL logins that see exactly a recipient's rows and forms, for BI tools and psql",
      load: async () => (await import("./commands/view.ts")).viewCommand(),
    },
  ],
  "What leaves:": [
    {
      term: "deliver <client> <route>",
      description: "deliver what a route says, with a signed waybill",
      load: async () => (await import("./commands/deliver.ts")).deliverCommand(),
    },
    {
      term: "deliveries <client>",
      description: "what left, newest first",
      load: async () => (await import("./commands/deliver.ts")).deliveriesCommand(),
    },
    {
      term: "verify [file]",
      description: "check a waybill with its payload, a certificate or a proof, offline",
      load: async () => (await import("./commands/verify.ts")).verifyCommand(),
    },
    {
      term: "key",
      description: "print the public key by which your waybills are verified",
      load: async () => (await import("./commands/key.ts")).keyCommand(),
    },
  ],
  "What customers may ask for:": [
    {
      term: "rights erase|correct|status|list|access|acknowledge|waive|certificate|resume|lift",
      description: "erase or correct a customer everywhere, and prove it",
      load: async () => (await import("./commands/rights.ts")).rightsCommand(),
    },
    {
      term: "disclosures prove <client> [customer]",
      description: "who has been sent or shown a customer, or what a recipient holds",
      load: async () => (await import("./commands/disclosures.ts")).disclosuresCommand(),
    },
  ],
  "What can be proved:": [
    {
      term: "ledger log|checkpoint|prove|verify|publish|key|witness",
      description: "what mattered, provably and for ever",
      load: async () => (await import("./commands/ledger.ts")).ledgerCommand(),
    },
  ],
  "What is sealed:": [
    {
      term: "keys status|verify|rotate|retire|replay-destroyed",
      description: "the keys that a client's sensitive values are sealed with",
      load: async () => (await import("./commands/keys.ts")).keysCommand(),
    },
  ],
  "Running it:": [
    {
      term: "status",
      description: "clients with their counts, and what waits for a decision",
      load: async () => (await import("./commands/status.ts")).statusCommand(),
    },
    {
      term: "serve",
      description: "serve the overview, run jobs, follow the routes' schedules",
      load: async () => (await import("./commands/serve.ts")).serveCommand(),
    },
    {
      term: "jobs list|show|cancel",
      description: "work in the background: watch it, or cancel it",
      load: async () => (await import("./commands/jobs.ts")).jobsCommand(),
    },
  ],
  "Trying it:": [
    {
      term: "demo",
      description: "the whole job once, on generated clients, told as it goes",
      load: async () => (await import("./commands/demo.ts")).demoCommand(),
    },
    {
      term: "generate <client>",
      description: "write realistic files for an example client",
      load: async () => (await import("./commands/generate.ts")).generateCommand(),
    },
  ],
};

/**
 * The program for a command line: the command that it calls, and what is announced of the others.
 * @throws UsageError when the command cannot be told
 */
export async function programFor(words: readonly string[]): Promise<Command> {
  const program = bareProgram().description(
    "Administers the customer records of many client companies: records in, one trustworthy customer, live segments, and deliveries that each leave with a signed waybill.",
  );
  const called = calledCommand(words);
  for (const [heading, announcements] of Object.entries(ANNOUNCEMENTS)) {
    program.commandsGroup(heading);
    for (const announcement of announcements) {
      const announced = announcedCommand(announcement);
      program.addCommand(announced.name() === called ? await announcement.load() : announced);
    }
  }
  return withUsage(program);
}

function bareProgram(): Command {
  return new Command("waybill")
    .option("--json", "print one JSON document and nothing else")
    .option("--data <dir>", "data directory (default: $WAYBILL_DATA, then .waybill)")
    .option("--database <url>", "PostgreSQL (default: $DATABASE_URL, then the embedded one)");
}

/**
 * The name of the command that is called, or whose help is wanted: what commander will take for it.
 * @throws UsageError when an option of the program itself is wrong
 */
function calledCommand(words: readonly string[]): string | undefined {
  const [first, second] = withUsage(bareProgram()).parseOptions([...words]).operands;
  return first === "help" ? second : first;
}

/** A command that can be named, by the help and in a guess at what was meant, but not run. */
function announcedCommand({ term, description }: Announcement): Command {
  const [name, ...rest] = term.split(" ");
  const command = new Command(name).description(description);
  for (const part of rest) {
    if (/^[<[]/u.test(part)) {
      command.argument(part);
    } else {
      part.split("|").forEach((child) => command.command(child));
    }
  }
  return command;
}
