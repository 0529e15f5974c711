package dev.millrace.server;

import dev.millrace.job.MillraceException;
import dev.millrace.server.command.DemoCommand;
import dev.millrace.server.command.Exit;
import dev.millrace.server.command.Refusals;
import dev.millrace.server.command.RootCommand;
import dev.millrace.server.command.Session;
import dev.millrace.server.command.Twins;
import dev.millrace.server.config.Config;
import dev.millrace.server.config.EngineStores;
import dev.millrace.server.config.Stores;
import dev.millrace.server.log.LogConfigurator;
import dev.millrace.server.output.Console;

import picocli.CommandLine;

import java.time.Clock;

/** The program: {@code millrace COMMAND}. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(Console.ofProcess(), new EngineStores(), Clock.systemUTC(), args));
    }

    /**
     * Runs one command.
     *
     * @param console where it reads and writes; flushed at the end
     * @param stores how stores are opened
     * @param clock the time kept with jobs
     * @return the exit code
     */
    public static int run(Console console, Stores stores, Clock clock, String... args) {
        try {
            LogConfigurator.check(console.environment());
            var session = new Session(console, stores, clock);
            CommandLine line = RootCommand.line(session, new DemoCommand(session));
            Config config = Twins.config(line, console.environment(), args);
            session.configure(config);
            return Refusals.in(line, session, config).execute(args);
        } catch (MillraceException e) {
            console.say(String.valueOf(e.getMessage()));
            return Exit.of(e.code());
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }
}
