/** What the command line itself says: help in one style for every command, and wrong usage in words. */
import type { Command, CommanderError } from "commander";
import { InvalidInputError } from "../../kernel/index.ts";

/** Help is at most this wide: longer lines are hard to read, and a terminal may be very wide. */
const HELP_COLUMNS = 100;

/** A command line that commander answered itself: it asked for help, or it is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** The command in full, such as `waybill segment list`. */
  readonly command: string;
  /** 0 when help was asked for. */
  readonly exitCode: number;
  /** Help was shown because a subcommand is missing. */
  readonly lacksCommand: boolean;

  constructor(command: string, cause: CommanderError) {
    super(cause.message, { cause });
    this.command = command;
    this.exitCode = cause.exitCode;
    this.lacksCommand = cause.code === "commander.help";
  }
}

/**
 * Gives a program and all its commands the same help, and makes each throw {@link UsageError} where
 * commander would print and end the process.
 */
export function withUsage(program: Command): Command {
  program
    .helpOption("-h, --help", "this help")
    .helpCommand("help <command>", "the help of one command")
    .configureHelp({ showGlobalOptions: true, subcommandTerm: commandTerm })
    .configureOutput({
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS),
      getErrHelpWidth: () => Math.min(process.stderr.columns ?? HELP_COLUMNS, HELP_COLUMNS),
      outputError: () => {},
    });
  inherit(program, []);
  return program;
}

function inherit(command: Command, path: readonly string[]): void {
  const here = [...path, command.name()];
  command.exitOverride((cause) => {
    throw new UsageError(here.join(" "), cause);
  });
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpCommand(false);
    inherit(child, here);
  }
}

/** More commands of a command than this are named by its own help only. */
const MOST_NAMED = 10;

/** A command as help lists it: `import <client> <dataset> <file...>`, or `intake list|show|approve|discard`. */
export function commandTerm(command: Command): string {
  const names = command.commands.map((child) => child.name());
  const children = names.length > MOST_NAMED ? "<command>" : names.join("|");
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), children, ...args].filter((part) => part !== "").join(" ");
}

/** The error that a wrong command line is. Commander puts its suggestion into a second line. */
export function usageProblem({ command, message, lacksCommand }: UsageError): InvalidInputError {
  const [first = "", suggestion = ""] = message.split("\n");
  const guess = /^\(Did you mean (.*)\?\)$/.exec(suggestion)?.[1];
  return new InvalidInputError(
    "usage",
    lacksCommand ? `${command} needs one of its commands` : first.replace(/^error: /, ""),
    [],
    {
      hint: guess === undefined ? `${command} --help says what it takes` : `did you mean ${guess}?`,
    },
  );
}
