package dev.millrace.server.line;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.server.Main;
import dev.millrace.server.config.EngineStores;
import dev.millrace.server.output.Console;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The program run within the test, on a store of its own, with its streams caught. */
final class Shell {
    private final Map<String, String> environment = new HashMap<>();
    private byte[] input = new byte[0];
    private boolean watched;
    private Clock clock = Clock.systemUTC();
    private Consumer<String> watcher = text -> {};

    Shell(String store) {
        environment.put("MILLRACE_STORE", store);
    }

    static Shell on(Path directory) {
        return new Shell("sqlite:" + directory.resolve("jobs.db"));
    }

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Shell input(byte[] bytes) {
        input = bytes.clone();
        return this;
    }

    Shell input(String text) {
        return input(text.getBytes(UTF_8));
    }

    /** From here on somebody sits before it, who sees each piece of {@code err} as it comes. */
    Shell watched(Consumer<String> newWatcher) {
        watched = true;
        watcher = newWatcher;
        return this;
    }

    /** From here on the time is another. */
    Shell clock(Clock newClock) {
        clock = newClock;
        return this;
    }

    /** What a run left behind. */
    record Answer(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    Answer run(String... args) {
        var running = start(args);
        return running.answer(running.run());
    }

    /** A run that this test may look at while it lasts. */
    Running start(String... args) {
        return new Running(new StringWriter(), new Watched(), args);
    }

    private final class Watched extends StringWriter {
        @Override
        public void write(String text, int from, int length) {
            super.write(text, from, length);
            watcher.accept(text.substring(from, from + length));
        }
    }

    final class Running {
        private final StringWriter out;
        private final StringWriter err;
        private final String[] args;

        private Running(StringWriter out, StringWriter err, String... args) {
            this.out = out;
            this.err = err;
            this.args = args;
        }

        int run() {
            var console =
                    new Console(
                            new ByteArrayInputStream(input),
                            new PrintWriter(out),
                            new PrintWriter(err),
                            watched,
                            watched,
                            Map.copyOf(environment));
            return Main.run(console, new EngineStores(), clock, args);
        }

        String out() {
            return out.toString();
        }

        Answer answer(int code) {
            return new Answer(code, out.toString(), err.toString());
        }
    }
}
