package dev.millrace.server.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Where a command reads and writes. Text is UTF-8, whatever the locale says.
 *
 * @param in standard input
 * @param out answers
 * @param err remarks, refusals and progress
 * @param terminal whether somebody watches {@code err}
 * @param environment the process's variables
 */
public record Console(
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        Map<String, String> environment) {

    /** This process's own. */
    public static Console ofProcess() {
        return new Console(
                System.in,
                writer(new FileOutputStream(FileDescriptor.out)),
                writer(new FileOutputStream(FileDescriptor.err)),
                errorsAreWatched(),
                System.getenv());
    }

    /** A line on {@code err}, under the program's name. */
    public void say(String line) {
        err.println("millrace: " + line);
        err.flush();
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, UTF_8), false);
    }

    /** Java knows of terminals only on standard input and output. */
    private static boolean errorsAreWatched() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return Objects.requireNonNull(System.console()).isTerminal();
        }
    }
}
