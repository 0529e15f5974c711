package dev.millrace.examples.backup;

import dev.millrace.Millrace;
import dev.millrace.examples.stage.Stores;

import java.io.IOException;

/**
 * A worker process: {@code BackupWorker STORE}. It says {@code KIND PAGE} for each page written,
 * and works until standard input ends or it is killed.
 */
final class BackupWorker {
    private BackupWorker() {}

    /** Works. */
    public static void main(String[] args) throws IOException {
        var builder = Millrace.builder().store(Stores.open(args[0])).queue(BackupJobs.QUEUE, 4);
        new BackupJobs(BackupWorker::say).configure(builder);
        try (var millrace = builder.start()) {
            while (System.in.read() >= 0) {
                millrace.wake();
            }
        }
    }

    private static synchronized void say(String kind, long page) {
        System.out.println(kind + " " + page);
        System.out.flush();
    }
}
