package dev.millrace.examples.backup;

import dev.millrace.job.Json;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a backup lies: its segments, what was fetched, the manifest that says what is in it, and
 * the export.
 *
 * @param root the directory
 */
record Folder(Path root) {
    private static final Json JSON = new Json();
    private static final int MANIFEST_BYTES = 64 << 20;

    Path segments() {
        return root.resolve("segments");
    }

    Path manifestFile() {
        return root.resolve("manifest.json");
    }

    Path export() {
        return root.resolve("records.ndjson.gz");
    }

    private Path fetchLog() {
        return root.resolve("fetched.log");
    }

    /** Notes that the page at an address has come whole, before it is written. */
    void fetched(String page) throws IOException {
        Files.writeString(
                fetchLog(), page + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Reads all segments and writes down what is in them; the same each time.
     *
     * @throws IOException also when a record is missing or there twice
     */
    Manifest seal(String source, int pageSize) throws IOException {
        var segments = new ArrayList<Manifest.Segment>();
        long records = 0;
        for (Path file : segmentFiles()) {
            byte[] content = Files.readAllBytes(file);
            long first = records + 1;
            for (var line : Line.all(new String(content, StandardCharsets.UTF_8))) {
                records++;
                if (line.id() != records) {
                    throw new IOException(
                            "expected record %d in '%s', got record %d; nothing was sealed"
                                    .formatted(records, file.getFileName(), line.id()));
                }
            }
            segments.add(
                    new Manifest.Segment(
                            file.getFileName().toString(),
                            first,
                            records,
                            content.length,
                            sha256(content)));
        }
        List<String> fetched = Files.readAllLines(fetchLog());
        int pages = new HashSet<>(fetched).size();
        var manifest =
                new Manifest(
                        source,
                        records,
                        pages,
                        pageSize,
                        new Manifest.Fetches(fetched.size(), fetched.size() - pages),
                        segments);
        replace(manifestFile(), JSON.write("manifest", manifest, MANIFEST_BYTES));
        return manifest;
    }

    /** What the backup says is in it. */
    Manifest manifest() throws IOException {
        return JSON.read("manifest", Files.readString(manifestFile()), Manifest.class);
    }

    /**
     * A segment's content.
     *
     * @throws IOException also when it is not what the manifest says
     */
    byte[] content(Manifest.Segment segment) throws IOException {
        byte[] content = Files.readAllBytes(segments().resolve(segment.name()));
        String sum = sha256(content);
        if (!sum.equals(segment.sha256())) {
            throw new IOException(
                    "expected '%s' to have SHA-256 %s, got %s; it was not used"
                            .formatted(segment.name(), segment.sha256(), sum));
        }
        return content;
    }

    private List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.list(segments())) {
            return files.sorted().toList();
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, text);
        try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
