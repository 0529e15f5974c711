package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.Config;
import dev.millrace.web.text.Near;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** How a command line says no: one line, what was expected, what was got, where to read more. */
public final class Refusals {
    private final Session session;
    private final Config config;

    private Refusals(Session session, Config config) {
        this.session = session;
        this.config = config;
    }

    /** The same command line, refusing in this way and knowing the twins of its options. */
    public static CommandLine in(CommandLine line, Session session, Config config) {
        var refusals = new Refusals(session, config);
        return line.setExpandAtFiles(false)
                .setUsageHelpWidth(100)
                .setOut(session.console().out())
                .setErr(session.console().err())
                .setDefaultValueProvider(new Twins(config))
                .setParameterExceptionHandler((e, args) -> refusals.usage(e))
                .setExecutionExceptionHandler((e, at, parsed) -> refusals.failure(e));
    }

    private int usage(ParameterException e) {
        CommandSpec spec = e.getCommandLine().getCommandSpec();
        String more = "; nothing was done, see '%s --help'".formatted(spec.qualifiedName());
        session.console().say(problem(e, spec) + more);
        return Exit.USAGE;
    }

    private String problem(ParameterException e, CommandSpec spec) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unknown(unmatched.getUnmatched().getFirst(), spec);
        }
        String message = String.valueOf(e.getMessage());
        String origin =
                e.getArgSpec() == null
                        ? ""
                        : Twins.said(config, e.getArgSpec())
                                .filter(said -> said.text().equals(e.getValue()))
                                .map(said -> " (from " + said.origin() + ")")
                                .orElse("");
        return message.substring(0, 1).toLowerCase(java.util.Locale.ROOT)
                + message.substring(1)
                + origin;
    }

    private static String unknown(String word, CommandSpec spec) {
        int equals = word.indexOf('=');
        String name = word.startsWith("-") && equals > 0 ? word.substring(0, equals) : word;
        boolean option = word.startsWith("-") && word.length() > 1;
        List<String> known =
                option
                        ? spec.options().stream().map(each -> each.longestName()).toList()
                        : new ArrayList<>(spec.subcommands().keySet());
        String what = option ? "option" : spec.subcommands().isEmpty() ? "argument" : "command";
        return "unknown %s '%s'%s"
                .formatted(
                        what,
                        name,
                        Near.to(name, known)
                                .map(near -> ", did you mean '" + near + "'?")
                                .orElse(""));
    }

    private int failure(Exception e) {
        if (session.verbose()) {
            // asked for with --verbose
            e.printStackTrace(session.console().err());
        }
        if (e instanceof MillraceException refused) {
            session.console().say(String.valueOf(refused.getMessage()));
            return Exit.of(refused.code());
        }
        if (e instanceof UncheckedIOException unread) {
            Throwable cause = unread.getCause();
            String why = cause == null ? "no detail" : String.valueOf(cause.getMessage());
            session.console().say(unread.getMessage() + ": " + why);
            return Exit.FAILED;
        }
        if (e instanceof InterruptedException) {
            session.console().say("interrupted; what was accepted stays");
            Thread.currentThread().interrupt();
            return Exit.FAILED;
        }
        session.console().say("failed: %s; --verbose shows where".formatted(e));
        return Exit.FAILED;
    }
}
