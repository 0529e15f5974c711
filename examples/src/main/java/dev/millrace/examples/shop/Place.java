package dev.millrace.examples.shop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The directory that all processes of the shop share: invoices, archives, the screen in the store
 * room, and a ledger of what was done, a line each.
 */
final class Place {
    private final Path root;
    private final Path ledger;

    /**
     * A line of the ledger.
     *
     * @param what was done
     * @param about which order or tick
     */
    record Done(String what, String about) {}

    /** A directory, made when it is not there. */
    Place(Path root) throws IOException {
        this.root = root;
        this.ledger = root.resolve("ledger");
        Files.createDirectories(root.resolve("invoices"));
        Files.createDirectories(root.resolve("archive"));
    }

    /** Writes an invoice whole, however often it is written. */
    void invoice(long order, String text) throws IOException {
        whole(root.resolve("invoices").resolve(order + ".txt"), text);
    }

    /** Packs the names of the invoices there are, under the night's name. */
    int archive(String night) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("invoices"))) {
            List<String> names =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".txt"))
                            .sorted()
                            .toList();
            whole(
                    root.resolve("archive").resolve(night.replace(':', '-') + ".txt"),
                    String.join("\n", names));
            return names.size();
        }
    }

    /** Tells the store room. */
    void show(Order order) throws IOException {
        append(root.resolve("screen"), "%d %s".formatted(order.number(), order.item()));
    }

    /** Notes what was done. */
    void note(String what, String about) throws IOException {
        append(ledger, what + " " + about);
    }

    /** Everything noted, in order. */
    List<Done> ledger() throws IOException {
        try {
            return Files.readAllLines(ledger).stream()
                    .map(line -> line.split(" ", 2))
                    .map(words -> new Done(words[0], words[1]))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void append(Path file, String line) throws IOException {
        // one short write at the end: lines of several processes do not mix
        Files.write(
                file,
                (line + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private static void whole(Path file, String text) throws IOException {
        Path part = Files.createTempFile(file.getParent(), "part", null);
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
