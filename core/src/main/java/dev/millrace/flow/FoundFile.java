package dev.millrace.flow;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A regular file as {@link FilePages} saw it; it may have changed or gone since.
 *
 * @param path where it is, beginning with the root given
 * @param relative the same below the root
 * @param size in bytes
 * @param modified when it was last written
 */
public record FoundFile(Path path, Path relative, long size, Instant modified) {}
