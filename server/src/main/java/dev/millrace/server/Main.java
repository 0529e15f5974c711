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
import java.util.List;

/** The program: {@code millrace COMMAND}. */
public final class Main {
    private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";

    /** Twice the slots that a worker has when nothing is said. */
    private static final String ENOUGH = "128";

    private Main() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * <p>Handlers and requests run on virtual threads, which give way to each other only where they
     * wait. In a process that serves both, as many handlers that compute as there are processors
     * would keep every request out; with more carriers than handlers the system shares processors
     * among them.
     */
    public static void main(String[] args) {
        if (List.of(args).contains("serve") && System.getProperty(CARRIERS) == null) {
            System.setProperty(CARRIERS, ENOUGH);
        }
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
