import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks or mends the format of every Java file of the project. Run by the build, on the build's
 * own JDK: {@code java etc/Format.java check|fix ROOT MARK}. Names each file that is not (or could
 * not be) well formatted on standard error; the file MARK exists afterwards exactly if there is
 * one.
 */
final class Format {
    private static final int NAMED_AT_MOST = 20;

    private final Formatter formatter =
            new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());

    public static void main(String[] args) throws IOException {
        if (args.length != 3 || !List.of("check", "fix").contains(args[0])) {
            System.err.println("expected: check|fix ROOT MARK, got: " + String.join(" ", args));
            System.exit(2);
        }
        var mark = Path.of(args[2]);
        Files.deleteIfExists(mark);
        if (!new Format().run(args[0].equals("fix"), Path.of(args[1]))) {
            Files.createFile(mark);
        }
    }

    private boolean run(boolean fix, Path root) throws IOException {
        var complaints =
                sources(root).parallelStream()
                        .flatMap(
                                file -> visit(file, fix).stream().map(why -> name(root, file, why)))
                        .toList();
        complaints.stream().limit(NAMED_AT_MOST).forEach(System.err::println);
        if (complaints.size() > NAMED_AT_MOST) {
            System.err.println("and " + (complaints.size() - NAMED_AT_MOST) + " more");
        }
        return complaints.isEmpty();
    }

    private static List<Path> sources(Path root) throws IOException {
        var found = new ArrayList<Path>();
        try (var top = Files.list(root)) {
            for (var dir : top.filter(Files::isDirectory).sorted().toList()) {
                var at = dir.endsWith("etc") ? dir : dir.resolve("src");
                if (Files.isDirectory(at)) {
                    try (Stream<Path> files = Files.walk(at)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
                    }
                }
            }
        }
        return found;
    }

    /** What is wrong with the file and was not mended; empty when nothing is. */
    private List<String> visit(Path file, boolean fix) {
        try {
            var before = Files.readString(file, UTF_8);
            var after = settled(before);
            if (after.equals(before)) {
                return List.of();
            }
            if (!fix) {
                return List.of("");
            }
            Files.writeString(file, after, UTF_8);
            return List.of();
        } catch (FormatterException e) {
            return e.diagnostics().stream().map(Object::toString).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write " + file, e);
        }
    }

    /**
     * Formatted once more where the first time broke a string, whose parts it indents the second.
     */
    private String settled(String source) throws FormatterException {
        var once = formatter.formatSourceAndFixImports(source);
        return once.equals(source) ? once : formatter.formatSourceAndFixImports(once);
    }

    private static String name(Path root, Path file, String why) {
        return root.relativize(file) + (why.isEmpty() ? "" : ":" + why);
    }
}
