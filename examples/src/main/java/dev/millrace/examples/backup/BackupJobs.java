package dev.millrace.examples.backup;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.flow.FilePages;
import dev.millrace.flow.HttpPages;
import dev.millrace.job.JobContext;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Walk;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The three jobs. Each may be killed at any moment: what it wrote after its last checkpoint it
 * writes again over itself.
 */
final class BackupJobs implements App {
    /** Where they wait. */
    static final String QUEUE = "backup";

    /** Fetches every record of a source into files. */
    static final Task<Backup> BACKUP = task("archive.backup", Backup.class);

    /** Packs a backup into one compressed file. */
    static final Task<Export> EXPORT = task("archive.export", Export.class);

    /** Reads a backup into an empty table, and compares that with the source. */
    static final Task<Restore> RESTORE = task("archive.restore", Restore.class);

    /** A flaky source fails several times in a row now and then. */
    private static final RetryPolicy PATIENT =
            RetryPolicy.standard()
                    .attempts(12)
                    .backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    private static final Duration ANSWER = Duration.ofSeconds(4);

    private final Watcher watcher;

    /** Told of every page that is written, before that is checkpointed. */
    @FunctionalInterface
    interface Watcher {
        void written(String kind, long page);
    }

    /**
     * Payload of {@link #BACKUP}.
     *
     * @param source its first page
     * @param pageSize what that asks for
     * @param directory where the backup goes
     * @param pagesPerSegment pages in a file
     */
    record Backup(URI source, int pageSize, String directory, int pagesPerSegment) {}

    /**
     * Payload of {@link #EXPORT}.
     *
     * @param directory where the backup lies
     */
    record Export(String directory) {}

    /**
     * Payload of {@link #RESTORE}.
     *
     * @param directory where the backup lies
     * @param target the database, for JDBC
     * @param all every record of the source at once
     */
    record Restore(String directory, String target, URI all) {}

    /**
     * How far an export has come.
     *
     * @param segments that are in it
     * @param bytes its length
     */
    record Exported(int segments, long bytes) {}

    BackupJobs(Watcher watcher) {
        this.watcher = watcher;
    }

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(BACKUP, this::backup)
                .handle(EXPORT, this::export)
                .handle(RESTORE, this::restore);
    }

    private Object backup(Backup backup, JobContext job) throws Exception {
        var folder = new Folder(Path.of(backup.directory()));
        var total = new AtomicLong();
        var source =
                HttpPages.<Line>from(
                                backup.source(),
                                answer -> {
                                    answer.headers()
                                            .firstValue("x-total")
                                            .map(Long::parseLong)
                                            .ifPresent(total::set);
                                    var lines = Line.all(answer.text());
                                    folder.fetched(answer.uri().getRawQuery());
                                    return new Walk.Page<>(lines, answer.nextLink().orElse(null));
                                })
                        .deadline(ANSWER);
        try (var segments = new Segments(folder.segments(), backup.pagesPerSegment())) {
            job.walk(
                    source.walk("records").retry(PATIENT),
                    page -> {
                        segments.write(page.number(), page.items());
                        long done = (page.number() - 1) * backup.pageSize() + page.items().size();
                        job.progress(done, total.get(), "page " + page.number());
                        watcher.written(BACKUP.kind(), page.number());
                    });
        }
        return job.step(
                "seal",
                Manifest.Fetches.class,
                () -> folder.seal(backup.source().toString(), backup.pageSize()).fetches());
    }

    private Object export(Export export, JobContext job) throws Exception {
        var folder = new Folder(Path.of(export.directory()));
        var manifest = folder.manifest();
        var stand = job.lastCheckpoint(Exported.class).orElse(new Exported(0, 0));
        try (var file = new GzipFile(folder.export(), stand.bytes())) {
            for (int i = stand.segments(); i < manifest.segments().size(); i++) {
                var segment = manifest.segments().get(i);
                long length = file.add(folder.content(segment));
                watcher.written(EXPORT.kind(), i + 1);
                stand = new Exported(i + 1, length);
                job.checkpoint(stand);
                job.progress(segment.last(), manifest.records(), segment.name());
            }
        }
        return stand;
    }

    private Object restore(Restore restore, JobContext job) throws Exception {
        var folder = new Folder(Path.of(restore.directory()));
        var target = new Target(restore.target());
        var manifest = folder.manifest();
        job.step("empty-target", target::createEmpty);
        job.walk(
                FilePages.below(folder.segments()).pageSize(1).walk("segments"),
                page -> {
                    for (var file : page.items()) {
                        var segment = manifest.segment(file.relative().toString());
                        var text = new String(folder.content(segment), StandardCharsets.UTF_8);
                        target.insert(Line.all(text));
                        watcher.written(RESTORE.kind(), page.number());
                        job.progress(segment.last(), manifest.records(), segment.name());
                    }
                });
        return job.step(
                "compare",
                SourceLines.Compared.class,
                () -> {
                    job.progress(manifest.records(), manifest.records(), "comparing");
                    return Checks.compare(target, restore.all());
                });
    }

    private static <P> Task<P> task(String kind, Class<P> payload) {
        return Task.named(kind, payload).queue(QUEUE).noProgressFor(Duration.ofMinutes(5));
    }
}
