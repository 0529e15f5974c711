package dev.millrace.examples.grader;

import dev.millrace.Millrace;
import dev.millrace.sqlite.SqliteStore;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * A worker process: {@code GradeWorker FILE WEB WORKERS}. It says {@code STEP COMPANY} for each
 * step that it did, and works until standard input ends or it is killed.
 */
final class GradeWorker {
    private GradeWorker() {}

    /** Works. */
    public static void main(String[] args) throws IOException {
        var steps = new GradeSteps(URI.create(args[1]), new Lanes(4), GradeWorker::say);
        try (var millrace =
                Millrace.builder()
                        .store(SqliteStore.at(Path.of(args[0])))
                        .pipeline(steps.pipeline(Integer.parseInt(args[2])))
                        .start()) {
            while (System.in.read() >= 0) {
                millrace.wake();
            }
        }
    }

    private static synchronized void say(String step, String company) {
        System.out.println(step + " " + company);
        System.out.flush();
    }
}
