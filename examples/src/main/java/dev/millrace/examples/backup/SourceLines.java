package dev.millrace.examples.backup;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Every record of a source at once, a line each, to compare with. For one thread. */
final class SourceLines implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final BufferedReader reader;
    private long lines;
    private long bytes;

    SourceLines(URI all) throws IOException, InterruptedException {
        var body =
                client.send(
                                HttpRequest.newBuilder(all).build(),
                                HttpResponse.BodyHandlers.ofInputStream())
                        .body();
        reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8), 1 << 16);
    }

    /**
     * Compares the next line.
     *
     * @throws Different when it is another
     */
    void compare(String what, String got) throws IOException {
        String expected = reader.readLine();
        lines++;
        if (!got.equals(expected)) {
            throw new Different(
                    "expected line %d of %s to be %s, got %s"
                            .formatted(lines, what, expected, got));
        }
        bytes += got.getBytes(StandardCharsets.UTF_8).length + 1L;
    }

    /**
     * Compares the rest, which must be none.
     *
     * @return what was the same
     */
    Compared end(String what) throws IOException {
        String more = reader.readLine();
        if (more != null) {
            throw new Different(
                    "expected %s to have more than %d lines, the next is %s"
                            .formatted(what, lines, more));
        }
        return new Compared(lines, bytes);
    }

    @Override
    public void close() throws IOException {
        reader.close();
        client.shutdownNow();
    }

    /**
     * What was found to be the same.
     *
     * @param records how many
     * @param bytes in them, with their line breaks
     */
    record Compared(long records, long bytes) {}

    /** Says where it differs. */
    static final class Different extends IOException {
        private static final long serialVersionUID = 1L;

        Different(String message) {
            super(message);
        }
    }
}
