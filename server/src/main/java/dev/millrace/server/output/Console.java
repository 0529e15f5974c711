package dev.millrace.server.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
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
import java.util.Optional;

/**
 * Where a command reads and writes. Text is UTF-8, whatever the locale says.
 *
 * @param in standard input
 * @param out answers
 * @param err remarks, refusals and progress
 * @param terminal whether somebody watches {@code err}
 * @param interactive whether somebody watches {@code err} and answers on {@code in}
 * @param environment the process's variables
 */
public record Console(
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        boolean interactive,
        Map<String, String> environment) {

    /** Where nobody answers. */
    public Console(
            InputStream in,
            PrintWriter out,
            PrintWriter err,
            boolean terminal,
            Map<String, String> environment) {
        this(in, out, err, terminal, false, environment);
    }

    private static final int INPUT = 0;
    private static final int ERRORS = 2;
    private static final int MOST_SECRET = 10_000;

    /** This process's own. */
    public static Console ofProcess() {
        return new Console(
                System.in,
                writer(new FileOutputStream(FileDescriptor.out)),
                writer(new FileOutputStream(FileDescriptor.err)),
                isTerminal(ERRORS),
                isTerminal(ERRORS) && isTerminal(INPUT),
                System.getenv());
    }

    /**
     * A secret: typed unseen where somebody answers, else the first line of {@code in}, of at most
     * 10,000 bytes.
     */
    public String secret(String question) throws IOException {
        java.io.Console typing = interactive ? System.console() : null;
        if (typing != null) {
            return String.valueOf(typing.readPassword("%s: ", question));
        }
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n' && line.size() < MOST_SECRET; b = in.read()) {
            line.write(b);
        }
        String text = line.toString(UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** A line on {@code err}, under the program's name. */
    public void say(String line) {
        err.println("millrace: " + line);
        err.flush();
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, UTF_8), false);
    }

    /**
     * Asks, and answers whether the line that came back begins with {@code y}. Only where {@link
     * #interactive}.
     */
    public boolean agrees(String question) throws IOException {
        err.print("millrace: " + question + " [y/N] ");
        err.flush();
        int first = in.read();
        for (int c = first; c >= 0 && c != '\n'; c = in.read()) {
            // the rest of the line
        }
        return first == 'y' || first == 'Y';
    }

    /** Java knows of terminals only on standard input and output together. */
    private static boolean isTerminal(int descriptor) {
        try {
            String device =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            // no console unless both are terminals
            return Optional.ofNullable(System.console())
                    .map(java.io.Console::isTerminal)
                    .orElse(false);
        }
    }
}
