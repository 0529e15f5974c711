package dev.millrace.examples.stage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts processes of the same Java and class path as this one. */
public final class Jvm {
    private static final List<String> ALWAYS =
            List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");

    private Jvm() {}

    /**
     * Starts one; its standard error is this process's, the rest is piped.
     *
     * @param options of the JVM, a heap among them
     * @param main whose {@code main} it runs
     */
    public static Process start(List<String> options, Class<?> main, String... args)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ALWAYS);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
