package dev.millrace.server.remote;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The commands of the reference clients' walking workers. */
final class Clients {
    private Clients() {}

    static List<String> python(String url) {
        return List.of("python3", "-u", file("walk.py"), url);
    }

    static List<String> node(String url) {
        return List.of("node", file("walk.mjs"), url);
    }

    private static String file(String name) {
        Path file = Path.of("..", "examples", "clients", name).toAbsolutePath().normalize();
        if (!Files.exists(file)) {
            throw new IllegalStateException("expected the client at " + file);
        }
        return file.toString();
    }
}
