package dev.millrace.examples.smtp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The other side of {@link PostboxProcess}: questions come in by line, answers go out by line. */
final class PostboxServer {
    private final long delayMillis;
    private final AtomicReference<CountDownLatch> gate =
            new AtomicReference<>(new CountDownLatch(0));

    private PostboxServer(long delayMillis) {
        this.delayMillis = delayMillis;
    }

    /** Serves until standard input ends. */
    public static void main(String[] args) throws IOException {
        new PostboxServer(Long.parseLong(args[0])).serve();
        // connections that are still open would keep the process
        Runtime.getRuntime().halt(0);
    }

    private void serve() throws IOException {
        var questions =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var postbox = Postbox.start(letter -> delay());
        say(Integer.toString(postbox.address().getPort()));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            say(answer(postbox, line));
        }
    }

    private String answer(Postbox postbox, String question) {
        return switch (question) {
            case "hold" -> {
                gate.set(new CountDownLatch(1));
                yield "held";
            }
            case "release" -> {
                gate.get().countDown();
                yield "released";
            }
            case "counts" ->
                    "%d %d %d %d %d"
                            .formatted(
                                    postbox.received(),
                                    postbox.distinct(),
                                    postbox.refused(),
                                    postbox.waiting(),
                                    postbox.mostWaiting());
            default -> "expected hold, release or counts, got " + question;
        };
    }

    private void delay() throws InterruptedException {
        CountDownLatch now = gate.get();
        if (now.getCount() > 0) {
            now.await();
        } else {
            boolean never = new CountDownLatch(1).await(delayMillis, TimeUnit.MILLISECONDS);
            assert !never;
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
