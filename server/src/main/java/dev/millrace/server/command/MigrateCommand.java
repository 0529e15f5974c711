package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Schema;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code migrate}. */
@Command(
        name = "migrate",
        description = {
            "Bring the store's schema up to date. Every command that opens a store does the same."
        })
final class MigrateCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--print", description = "Print the SQL that is missing; change nothing.")
    private boolean print;

    @Option(
            names = "--check",
            description = "Exit 0 when nothing is missing, 1 otherwise; change nothing.")
    private boolean check;

    MigrateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        boolean printing = session.flag("print", print);
        boolean checking = session.flag("check", check);
        if (printing && checking) {
            throw MillraceException.invalid(
                    "--print and --check exclude each other, got both; nothing was changed");
        }
        Schema schema = session.schema();
        int installed = schema.installed();
        int known = schema.known();
        if (installed > known) {
            throw new MillraceException(
                    MillraceException.Code.SCHEMA_MISMATCH,
                    "%s has schema version %d, this program knows %d: use a newer millrace;"
                                    .formatted(session.address(), installed, known)
                            + " nothing was changed");
        }
        List<String> pending = schema.pending();
        if (printing) {
            pending.forEach(sql -> session.out().println(statement(sql)));
            return Exit.DONE;
        }
        if (checking) {
            answer("installed", installed, known);
            return pending.isEmpty() ? Exit.DONE : Exit.FAILED;
        }
        schema.apply();
        answer(pending.isEmpty() ? "was up to date" : "migrated", known, known);
        return Exit.DONE;
    }

    private static String statement(String sql) {
        String stripped = sql.strip();
        return stripped.endsWith(";") ? stripped : stripped + ";";
    }

    private void answer(String what, int installed, int known) {
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("store", session.address())
                            .with("installed", installed)
                            .with("known", known));
        } else {
            session.out()
                    .println(
                            "%s: schema version %d of %d, %s"
                                    .formatted(session.address(), installed, known, what));
        }
    }
}
