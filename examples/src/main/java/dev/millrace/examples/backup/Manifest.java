package dev.millrace.examples.backup;

import java.io.IOException;
import java.util.List;

/**
 * What is in a backup.
 *
 * @param source where it came from
 * @param records how many there are, numbered from 1 without a gap
 * @param pages how many it took
 * @param pageSize records a page at most
 * @param fetches what was fetched for it
 * @param segments the files, in order
 */
record Manifest(
        String source,
        long records,
        int pages,
        int pageSize,
        Fetches fetches,
        List<Segment> segments) {
    /**
     * What was fetched.
     *
     * @param pages that came whole
     * @param repeated those among them that had come before
     */
    record Fetches(int pages, int repeated) {}

    /**
     * A file.
     *
     * @param name below the directory of segments
     * @param first number of its first record
     * @param last number of its last record
     * @param bytes its length
     * @param sha256 of its bytes, in hexadecimal
     */
    record Segment(String name, long first, long last, long bytes, String sha256) {}

    Manifest {
        segments = List.copyOf(segments);
    }

    /** The file of this name. */
    Segment segment(String name) throws IOException {
        for (var segment : segments) {
            if (segment.name().equals(name)) {
                return segment;
            }
        }
        throw new IOException(
                "expected only segments of the manifest, got '%s'; it was not used"
                        .formatted(name));
    }
}
