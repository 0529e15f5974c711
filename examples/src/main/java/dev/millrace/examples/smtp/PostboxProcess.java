package dev.millrace.examples.smtp;

import dev.millrace.examples.stage.Jvm;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A {@link Postbox} in a process of its own, so that its memory and work are not those of whoever
 * sends. It ends when this process does. Not for several threads at once.
 */
public final class PostboxProcess implements AutoCloseable {
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;
    private final int port;

    /**
     * What the server has seen.
     *
     * @param received letters taken
     * @param distinct different Message-IDs among them
     * @param refused recipients refused
     * @param waiting senders that wait for an answer now
     * @param mostWaiting the most that ever did
     */
    public record Counts(long received, int distinct, long refused, int waiting, int mostWaiting) {}

    private PostboxProcess(Process process) throws IOException {
        this.process = process;
        this.questions = process.outputWriter(StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.port = Integer.parseInt(answer());
    }

    /** Starts one that answers each mail after so long. */
    public static PostboxProcess start(long delayMillis) throws IOException {
        var options = List.of("-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off");
        return new PostboxProcess(
                Jvm.start(options, PostboxServer.class, Long.toString(delayMillis)));
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Asks what it has seen. */
    public Counts counts() throws IOException {
        String[] words = ask("counts").split(" ", -1);
        return new Counts(
                Long.parseLong(words[0]),
                Integer.parseInt(words[1]),
                Long.parseLong(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]));
    }

    /** Has every answer, present and future, wait until {@link #release}. */
    public void hold() throws IOException {
        ask("hold");
    }

    /** Gives the answers held back, and no longer holds any. */
    public void release() throws IOException {
        ask("release");
    }

    @Override
    public void close() throws IOException {
        questions.close();
        process.destroy();
    }

    private String ask(String question) throws IOException {
        questions.write(question + "\n");
        questions.flush();
        return answer();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("expected an answer of the mail server, it has ended");
        }
        return line;
    }
}
