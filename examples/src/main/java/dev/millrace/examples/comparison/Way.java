package dev.millrace.examples.comparison;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A way to do many jobs at once. */
sealed interface Way {

    /** A process of its own for each job. */
    record ProcessEach(List<String> command) implements Way {
        /** Copies the command. */
        public ProcessEach {
            command = List.copyOf(command);
        }

        @Override
        public Running start(int atOnce) {
            return new Processes(command, atOnce);
        }
    }

    /** One process, or a process and its forks, told what to do by line. */
    record OneProcess(List<String> before, List<String> after) implements Way {
        /** Copies the command. */
        public OneProcess {
            before = List.copyOf(before);
            after = List.copyOf(after);
        }

        @Override
        public Running start(int atOnce) throws IOException {
            var command =
                    Stream.of(before, List.of(Integer.toString(atOnce)), after)
                            .flatMap(List::stream)
                            .toList();
            return new Told(command);
        }
    }

    /** Makes ready for so many jobs at once. */
    Running start(int atOnce) throws IOException;

    /**
     * How long it took.
     *
     * @param seconds from the first job's start to the last one's end
     * @param failed jobs that did not send their mail
     */
    record Done(double seconds, int failed) {}

    /** A way that is ready. Not for several threads at once, but {@link #processes} is. */
    interface Running extends AutoCloseable {
        /** Does so many jobs. */
        Done run(int jobs) throws Exception;

        /** Whose memory it takes. */
        Stream<ProcessHandle> processes();

        /** Lets go of memory that is not needed. */
        void clean() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Starts a process for each job. */
    final class Processes implements Running {
        private final List<String> command;
        private final Semaphore free;
        private final Set<ProcessHandle> alive = ConcurrentHashMap.newKeySet();

        private Processes(List<String> command, int atOnce) {
            this.command = command;
            this.free = new Semaphore(atOnce);
        }

        @Override
        public Done run(int jobs) throws InterruptedException {
            long start = System.nanoTime();
            var failed = new AtomicInteger();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < jobs; i++) {
                    free.acquire();
                    threads.execute(() -> job(failed));
                }
            }
            return new Done((System.nanoTime() - start) / 1e9, failed.get());
        }

        private void job(AtomicInteger failed) {
            try {
                var process =
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                                .start();
                alive.add(process.toHandle());
                if (process.waitFor() != 0) {
                    failed.incrementAndGet();
                }
                alive.remove(process.toHandle());
            } catch (IOException e) {
                System.err.println(e);
                failed.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                free.release();
            }
        }

        @Override
        public Stream<ProcessHandle> processes() {
            return alive.stream();
        }

        @Override
        public void clean() {}

        @Override
        public void close() {
            alive.forEach(ProcessHandle::destroy);
        }
    }

    /** Tells a process what to do. */
    final class Told implements Running {
        private final Process process;
        private final BufferedWriter commands;
        private final BufferedReader answers;

        private Told(List<String> command) throws IOException {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            commands = process.outputWriter(StandardCharsets.UTF_8);
            answers = process.inputReader(StandardCharsets.UTF_8);
            expect("ready");
        }

        @Override
        public Done run(int jobs) throws IOException {
            say("go " + jobs);
            String[] words = expect("done").split(" ", -1);
            return new Done(Double.parseDouble(words[1]), Integer.parseInt(words[2]));
        }

        @Override
        public Stream<ProcessHandle> processes() {
            return Stream.concat(Stream.of(process.toHandle()), process.descendants());
        }

        @Override
        public void clean() throws IOException {
            say("gc");
            expect("clean");
        }

        @Override
        public void close() throws IOException {
            commands.close();
            process.onExit().join();
        }

        private void say(String command) throws IOException {
            commands.write(command + "\n");
            commands.flush();
        }

        private String expect(String word) throws IOException {
            String line = answers.readLine();
            if (line == null || !line.startsWith(word)) {
                throw new IOException("expected '%s' of a child, got '%s'".formatted(word, line));
            }
            return line;
        }
    }
}
