package dev.millrace.server.command;

import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;

import java.util.concurrent.Callable;

/** {@code version}. */
@Command(name = "version", description = "Print the versions of the program and of its JDK.")
final class VersionCommand implements Callable<Integer> {
    private final Session session;

    VersionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String java = System.getProperty("java.vendor.version", "");
        String runtime = Runtime.version().toString();
        if (session.json()) {
            session.print(new JsonLine().with("version", version()).with("java", runtime));
        } else {
            session.out().println("millrace " + version());
            session.out().println("java " + runtime + (java.isEmpty() ? "" : " (" + java + ")"));
        }
        return Exit.DONE;
    }

    /** The distribution's, or what stands for it when it runs from classes. */
    static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
