package dev.millrace.server.work;

import dev.millrace.App;
import dev.millrace.job.MillraceException;
import dev.millrace.server.demo.GradeApp;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Applications by name: the two that are the {@code demo}, or a class found beside the program. */
public final class Apps {
    private static final String DEMO = "demo";

    private Apps() {}

    /**
     * Makes the applications of each name.
     *
     * @param names {@code demo} or class names
     * @param classPath jars and directories in which classes are looked for, after the program's
     *     own; stays open while the process lives
     * @throws MillraceException with {@code invalid-input} saying which name led nowhere and why
     */
    public static List<App> load(List<String> names, List<Path> classPath) {
        ClassLoader loader = loader(classPath);
        return names.stream()
                .flatMap(name ->
                        name.equals(DEMO)
                                ? Stream.of(new DemoKinds(), new GradeApp())
                                : Stream.of(load(name, loader)))
                .toList();
    }

    private static ClassLoader loader(List<Path> classPath) {
        ClassLoader own = Apps.class.getClassLoader();
        if (classPath.isEmpty()) {
            return own;
        }
        var urls = new ArrayList<URL>();
        for (Path path : classPath) {
            if (!Files.isReadable(path)) {
                throw MillraceException.invalid(
                        "--classpath must name readable jars and directories, got %s; nothing was"
                                        .formatted(path)
                                + " started");
            }
            try {
                urls.add(path.toUri().toURL());
            } catch (MalformedURLException e) {
                throw new MillraceException(
                        MillraceException.Code.INVALID_INPUT,
                        "--classpath must name jars and directories, got %s".formatted(path),
                        e);
            }
        }
        return new URLClassLoader("applications", urls.toArray(URL[]::new), own);
    }

    private static App load(String name, ClassLoader loader) {
        try {
            Class<?> type = Class.forName(name, true, loader);
            if (!App.class.isAssignableFrom(type)) {
                throw refused(name, "it does not implement dev.millrace.App", null);
            }
            return (App) type.getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw refused(name, "no such class on the --classpath", e);
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw refused(name, "it has no public constructor without parameters", e);
        } catch (ReflectiveOperationException | LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw refused(name, "making it failed with " + cause, e);
        }
    }

    private static MillraceException refused(
            String name, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new MillraceException(
                MillraceException.Code.INVALID_INPUT,
                "--app must be 'demo' or a class that implements dev.millrace.App, got '%s': %s;"
                                .formatted(name, why)
                        + " nothing was started",
                cause);
    }
}
