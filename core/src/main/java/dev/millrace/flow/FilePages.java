package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The regular files below a directory, in the order of their paths, name by name: {@code a/b},
 * {@code a/c/d}, {@code a.txt}. Names are compared as the file system does, on Unix byte by byte,
 * and any name there can be is found, also one that is no text. Immutable; safe for many jobs at
 * once.
 *
 * <p>Defaults: 1,000 files a page; symbolic links are left out.
 *
 * <p>Memory is bounded by the page, not by the directory: at each level at most a page of names is
 * held. The cost of a page is a listing of each directory on its way, so that a directory of n
 * files is listed n / page size times: choose larger pages for directories of a million.
 *
 * <p>The cursor is the path of the last file given. Files that vanish meanwhile are left out, such
 * that appear are found when they come after the cursor; a file may vanish between its page and its
 * handler. A directory that may not be read fails the page, since what is in it would be missing.
 */
public final class FilePages implements Walk.Source<String, FoundFile> {
    /** The most files a page. */
    public static final int MAX_PAGE = 100_000;

    private static final int MAX_DEPTH = 1_000;

    private final Path root;
    private final int pageSize;
    private final boolean followLinks;

    private FilePages(Path root, int pageSize, boolean followLinks) {
        this.root = root;
        this.pageSize = pageSize;
        this.followLinks = followLinks;
    }

    /** The files below a directory, with every default. */
    public static FilePages below(Path directory) {
        return new FilePages(directory, 1_000, false);
    }

    /** The same, with so many files a page: 1 to {@value #MAX_PAGE}. */
    public FilePages pageSize(int files) {
        if (files < 1 || files > MAX_PAGE) {
            throw MillraceException.invalid(
                    "a page must have 1 to %d files, got %d".formatted(MAX_PAGE, files));
        }
        return new FilePages(root, files, followLinks);
    }

    /**
     * The same, with what symbolic links lead to, under the link's own path. A link to a directory
     * that holds it is left out, as are links that lead nowhere; a file that several lead to is
     * found several times.
     */
    public FilePages followLinks() {
        return new FilePages(root, pageSize, true);
    }

    /** A walk over all of it, with every default. */
    public Walk<String, FoundFile> walk(String name) {
        return Walk.named(name, String.class, this);
    }

    /**
     * The files after a path.
     *
     * @throws IOException when a directory cannot be read, or the root is none
     */
    @Override
    public Walk.Page<String, FoundFile> page(@Nullable String after) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new NotDirectoryException(
                    "expected a directory at '%s', got none".formatted(root));
        }
        var search = new Search(after == null ? null : decoded(after));
        var attributes = Files.readAttributes(root, BasicFileAttributes.class);
        search.descend(root, new ArrayList<>(List.of(key(root, attributes))));
        var found = search.found;
        if (found.size() <= pageSize) {
            return new Walk.Page<>(found, null);
        }
        var page = found.subList(0, pageSize);
        return new Walk.Page<>(page, encoded(page.getLast().relative()));
    }

    /** As an address writes it, which keeps every byte of a name. */
    private String encoded(Path relative) {
        String base = slashed(root.toUri().getRawPath());
        return root.resolve(relative).toUri().getRawPath().substring(base.length());
    }

    private Path decoded(String cursor) {
        URI base = root.toUri();
        String whole = base.getScheme() + "://" + slashed(base.getRawPath()) + cursor;
        return Path.of(base).relativize(Path.of(URI.create(whole)));
    }

    /** What tells a directory from any other, whatever path leads there. */
    private static Object key(Path directory, BasicFileAttributes attributes) throws IOException {
        Object key = attributes.fileKey();
        return key == null ? directory.toRealPath() : key;
    }

    private static String slashed(String path) {
        return path.endsWith("/") ? path : path + "/";
    }

    /** One page's way through the tree; stops with one file more than the page. */
    private final class Search {
        private final @Nullable Path after;
        private final List<FoundFile> found = new ArrayList<>();

        Search(@Nullable Path after) {
            this.after = after;
        }

        /**
         * Takes what comes after the cursor in a directory.
         *
         * @param above the keys of the directories that lead here, by which a loop is noticed
         */
        void descend(Path directory, List<Object> above) throws IOException {
            if (above.size() >= MAX_DEPTH) {
                throw new FileSystemException(
                        directory.toString(),
                        null,
                        "expected at most %d directories in each other".formatted(MAX_DEPTH));
            }
            Path from = null;
            while (true) {
                var names = names(directory, from);
                for (Path name : names) {
                    visit(directory.resolve(name), above);
                    if (found.size() > pageSize) {
                        return;
                    }
                }
                if (names.size() <= pageSize) {
                    return;
                }
                from = names.getLast();
            }
        }

        /** The next names of a directory in order, one more than a page at most. */
        private List<Path> names(Path directory, @Nullable Path from) throws IOException {
            var names = new TreeSet<Path>();
            try (var entries = Files.newDirectoryStream(directory)) {
                for (Path entry : entries) {
                    Path name = entry.getFileName();
                    if ((from == null || name.compareTo(from) > 0) && !isPassed(entry)) {
                        names.add(name);
                        if (names.size() > pageSize + 1) {
                            names.removeLast();
                        }
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException gone) {
                return List.of();
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
            return List.copyOf(names);
        }

        private void visit(Path entry, List<Object> above) throws IOException {
            BasicFileAttributes attributes = attributes(entry);
            if (attributes == null) {
                return;
            }
            if (attributes.isDirectory()) {
                Object key = key(entry, attributes);
                if (!above.contains(key)) {
                    above.add(key);
                    descend(entry, above);
                    above.removeLast();
                }
            } else if (attributes.isRegularFile() && !isOnTheWay(entry)) {
                found.add(
                        new FoundFile(
                                entry,
                                root.relativize(entry),
                                attributes.size(),
                                attributes.lastModifiedTime().toInstant()));
            }
        }

        /** Nothing at all of what has vanished, or of a link that leads nowhere. */
        private @Nullable BasicFileAttributes attributes(Path entry) throws IOException {
            try {
                return followLinks
                        ? Files.readAttributes(entry, BasicFileAttributes.class)
                        : Files.readAttributes(
                                entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException gone) {
                return null;
            } catch (FileSystemException e) {
                if (Files.isSymbolicLink(entry) && !(e instanceof AccessDeniedException)) {
                    return null;
                }
                throw e;
            }
        }

        /** Whether it and all that could be below it came before the cursor. */
        private boolean isPassed(Path entry) {
            if (after == null) {
                return false;
            }
            Path relative = root.relativize(entry);
            return compare(relative, after) < 0 && !after.startsWith(relative);
        }

        /** Whether it stands where a directory on the way to the cursor stood, or at the cursor. */
        private boolean isOnTheWay(Path entry) {
            return after != null && after.startsWith(root.relativize(entry));
        }
    }

    /** Name by name; a whole path's own order would put {@code a.txt} before {@code a/b}. */
    private static int compare(Path one, Path other) {
        int common = Math.min(one.getNameCount(), other.getNameCount());
        for (int i = 0; i < common; i++) {
            int names = one.getName(i).compareTo(other.getName(i));
            if (names != 0) {
                return names;
            }
        }
        return one.getNameCount() - other.getNameCount();
    }
}
