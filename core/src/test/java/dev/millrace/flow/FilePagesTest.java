package dev.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.job.MillraceException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Files by the page, of real directories. */
class FilePagesTest {
    @TempDir Path root;

    private Path file(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, name);
    }

    private List<String> names(FilePages pages) throws Exception {
        return Walked.items(pages, String.class).stream()
                .map(found -> found.relative().toString())
                .toList();
    }

    @Test
    void everyFileComesOnceNameByNameWhateverThePage() throws Exception {
        for (String name : List.of("b", "a/b", "a.txt", "a/c/d", "a-/x", "z/y/x/w", "a/c/e")) {
            file(name);
        }
        Files.createDirectories(root.resolve("empty/a/b"));
        var expected = List.of("a/b", "a/c/d", "a/c/e", "a-/x", "a.txt", "b", "z/y/x/w");
        for (int size = 1; size <= 9; size++) {
            assertThat(names(FilePages.below(root).pageSize(size)))
                    .as("pages of %d", size)
                    .isEqualTo(expected);
        }
        var found = FilePages.below(root).page(null).items().getFirst();
        assertThat(found.path()).isEqualTo(root.resolve("a/b"));
        assertThat(found.size()).isEqualTo(3);
        assertThat(found.modified()).isEqualTo(Files.getLastModifiedTime(found.path()).toInstant());
    }

    @Test
    void aRandomTreeIsFoundWhole() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            var name = new StringBuilder();
            for (int depth = random.nextInt(4); depth > 0; depth--) {
                name.append((char) ('a' + random.nextInt(4))).append("/");
            }
            file(name + "f" + random.nextInt(100));
        }
        try (Stream<Path> all = Files.walk(root)) {
            var expected = all.filter(Files::isRegularFile).map(root::relativize).toList();
            int size = 1 + random.nextInt(20);
            assertThat(Walked.items(FilePages.below(root).pageSize(size), String.class))
                    .as("seed %d, pages of %d", seed, size)
                    .extracting(FoundFile::relative)
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void aDirectoryOfManyPagesIsListedInOrder() throws Exception {
        var expected = new ArrayList<String>();
        for (int i = 0; i < 2_500; i++) {
            expected.add(file("%04d".formatted(i)).getFileName().toString());
        }
        assertThat(names(FilePages.below(root).pageSize(100))).isEqualTo(expected);
    }

    @Test
    void whatVanishesOrAppearsMeanwhileIsTakenAsItStands() throws Exception {
        for (String name : List.of("a/1", "a/2", "b/1", "c/1", "d")) {
            file(name);
        }
        var pages = FilePages.below(root).pageSize(2);
        var first = pages.page(null);
        Files.delete(root.resolve("a/2"));
        Files.delete(root.resolve("a/1"));
        Files.delete(root.resolve("a"));
        file("a");
        Files.delete(root.resolve("c/1"));
        file("b/0");
        file("A");
        var second = pages.page(Walked.stored(first.next(), String.class));
        assertThat(second.items())
                .extracting(found -> found.relative().toString())
                .containsExactly("b/0", "b/1");
        assertThat(pages.page(second.next()).items())
                .extracting(found -> found.relative().toString())
                .containsExactly("d");
    }

    @Test
    void linksAreLeftOutOrFollowedWithoutGoingRound() throws Exception {
        file("a/file");
        Files.createSymbolicLink(root.resolve("a/up"), root);
        Files.createSymbolicLink(root.resolve("a/self"), root.resolve("a/self"));
        Files.createSymbolicLink(root.resolve("b"), root.resolve("a"));
        Files.createSymbolicLink(root.resolve("c"), root.resolve("a/file"));
        Files.createSymbolicLink(root.resolve("nowhere"), root.resolve("gone"));
        assertThat(names(FilePages.below(root))).containsExactly("a/file");
        assertThat(names(FilePages.below(root).followLinks().pageSize(1)))
                .containsExactly("a/file", "b/file", "c");
    }

    @Test
    void oddNamesAreFoundAndResumedFrom() throws Exception {
        assumeTrue(root.getFileSystem().supportedFileAttributeViews().contains("unix"));
        var raw = new ArrayList<Path>();
        for (String name : List.of("%0A", "%20", "%25", "%3F%23", "%FF", "%FFx", "%C3%A9", "...")) {
            Path file = Path.of(URI.create(root.toUri() + name));
            Files.writeString(file, name);
            raw.add(file);
        }
        assertThat(Walked.items(FilePages.below(root).pageSize(1), String.class))
                .extracting(FoundFile::path)
                .containsExactlyInAnyOrderElementsOf(raw)
                .allSatisfy(path -> assertThat(Files.readString(path)).isNotEmpty());
    }

    @Test
    void aRelativeRootIsResumedToo() throws Exception {
        file("x/1");
        file("x/2");
        Path relative = Path.of("").toAbsolutePath().relativize(root).resolve(".");
        assertThat(Walked.items(FilePages.below(relative).pageSize(1), String.class)).hasSize(2);
    }

    @Test
    void whatIsNoDirectoryIsRefused() throws IOException {
        assertThatThrownBy(() -> FilePages.below(file("a")).page(null))
                .isInstanceOf(NotDirectoryException.class)
                .hasMessageContaining("expected a directory");
        assertThatThrownBy(() -> FilePages.below(root).pageSize(0))
                .isInstanceOf(MillraceException.class)
                .hasMessage("a page must have 1 to 100000 files, got 0");
    }
}
