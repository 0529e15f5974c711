package dev.millrace.benchmarks;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Place;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A worker of one contender in a process of its own, commanded by lines on standard input. {@link
 * dev.millrace.benchmarks.harness.Child} is the other side.
 */
final class ChildWorker {
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong firstNanos = new AtomicLong();
    private final AtomicLong lastNanos = new AtomicLong();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final PrintStream out;

    private ChildWorker(PrintStream out) {
        this.out = out;
    }

    /** Arguments: contender, engine, target, slots, body. */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("logback.configurationFile", Main.LOGGING);
        var worker = new ChildWorker(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        worker.serve(
                Contenders.named(arguments[0]),
                new Place(Engine.valueOf(arguments[1]), arguments[2]),
                Integer.parseInt(arguments[3]),
                arguments[4]);
    }

    private void serve(Contender contender, Place place, int slots, String body) throws Exception {
        var session = contender.open(place, 1);
        session.work(slots, counted(body(body)));
        out.println("ready");
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        commands(commands);
        // Jobs may be asleep for good: the process ends as a whole.
        Runtime.getRuntime().halt(0);
    }

    private void commands(BufferedReader commands) throws IOException {
        for (var line = commands.readLine(); line != null; line = commands.readLine()) {
            if (line.equals("stop")) {
                return;
            }
            out.println("progress " + started + " " + ended + " " + firstNanos + " " + lastNanos);
        }
    }

    private JobBody body(String name) {
        if (name.startsWith("sleep:")) {
            var millis = Long.parseLong(name.substring("sleep:".length()));
            // sleeping is the very work that this scenario measures
            return number -> Thread.sleep(millis);
        }
        return switch (name) {
            case "park" -> number -> stop.await();
            case "report" -> this::report;
            case "report-park" ->
                    number -> {
                        report(number);
                        stop.await();
                    };
            default -> throw new IllegalArgumentException("no such body: " + name);
        };
    }

    private JobBody counted(JobBody body) {
        return number -> {
            if (started.getAndIncrement() == 0) {
                firstNanos.set(System.nanoTime());
            }
            body.run(number);
            lastNanos.accumulateAndGet(System.nanoTime(), Math::max);
            ended.incrementAndGet();
        };
    }

    private void report(long number) {
        out.println("started " + number + " " + System.nanoTime());
    }
}
