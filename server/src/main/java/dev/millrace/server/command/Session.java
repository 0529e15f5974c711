package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.server.config.Config;
import dev.millrace.server.config.StoreAddress;
import dev.millrace.server.config.Stores;
import dev.millrace.server.output.Bar;
import dev.millrace.server.output.Console;
import dev.millrace.store.JobStore;
import dev.millrace.store.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;

/**
 * What every command shares: the common options and what they lead to. One for each run of the
 * program; used by one thread.
 */
public final class Session {
    private final Console console;
    private final Stores stores;
    private final Clock clock;
    private Config config;

    @Option(
            names = "--store",
            paramLabel = "URL",
            description = {
                "Where jobs live: " + StoreAddress.FORMS + ".",
                "Default: " + StoreAddress.DEFAULT
            })
    private @Nullable String store;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A file of 'key = value' lines; the keys are the names of the options.")
    @SuppressWarnings(
            "UnusedVariable") // read before the command line, with which it is only declared
    private @Nullable Path configFile;

    @Option(names = "--json", description = "Answer in JSON; lists as one object a line.")
    private boolean json;

    @Option(
            names = "--quiet",
            description = "No remarks and no progress on standard error, only refusals.")
    private boolean quiet;

    @Option(names = "--verbose", description = "Show the stack trace of what went wrong.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Say what there is.")
    @SuppressWarnings("UnusedVariable") // the parser acts on it
    private boolean help;

    /** A session before its command line was read. */
    public Session(Console console, Stores stores, Clock clock) {
        this.console = console;
        this.config = Config.of(console.environment());
        this.stores = stores;
        this.clock = clock;
    }

    /** Takes what the configuration file adds; before the command line is read. */
    public void configure(Config read) {
        config = read;
    }

    /** Where the store is; nothing is opened. */
    StoreAddress address() {
        return addressOr(StoreAddress.DEFAULT);
    }

    /** Where the store is, for a command with a default of its own; nothing is opened. */
    public StoreAddress addressOr(String otherwise) {
        String text = store;
        if (text == null) {
            text = config.said("store").map(Config.Said::text).orElse(otherwise);
        }
        return StoreAddress.parse(text);
    }

    JobStore openStore() {
        return openStore(address());
    }

    JobStore openStore(StoreAddress address) {
        return stores.open(address);
    }

    /** A running Millrace on the store, which is closed again when it does not start. */
    Millrace start(MillraceBuilder builder) {
        JobStore opened = openStore();
        try {
            return builder.store(opened).start();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    Schema schema() {
        return stores.schema(address());
    }

    /** Whether a flag was given, on the command line or by its twins. */
    boolean flag(String key, boolean given) {
        return given || config.flag(key);
    }

    /** Whether the answer is to be JSON. */
    public boolean json() {
        return flag("json", json);
    }

    /** Whether there are to be no remarks and no progress. */
    public boolean quiet() {
        return flag("quiet", quiet);
    }

    /** Whether stack traces are wanted. */
    public boolean verbose() {
        return flag("verbose", verbose);
    }

    /** Where it reads and writes. */
    public Console console() {
        return console;
    }

    Clock clock() {
        return clock;
    }

    PrintWriter out() {
        return console.out();
    }

    void print(JsonLine line) {
        console.out().println(line);
    }

    /** A remark on standard error, unless it is to be quiet. */
    void remark(String line) {
        if (!quiet()) {
            console.say(line);
        }
    }

    Bar bar() {
        return new Bar(console, !quiet());
    }
}
