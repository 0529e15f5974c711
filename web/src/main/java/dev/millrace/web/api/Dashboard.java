package dev.millrace.web.api;

import dev.millrace.web.http.Etag;
import dev.millrace.web.http.Response;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The files of the dashboard, from the class path under {@code /dev/millrace/web/dashboard/}, with
 * a content security policy that lets a page load and ask nothing but this server. Thread-safe;
 * each file is read once.
 */
public final class Dashboard {
    private static final String ROOT = "dashboard";
    private static final String POLICY =
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
                    + " object-src 'none'";
    private static final Pattern SAFE = Pattern.compile("(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,5}");

    /** Built files carry a hash of their content in their name, and never change under it. */
    private static final String HASHED = "/assets/";

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "json", "application/json",
                    "svg", "image/svg+xml",
                    "png", "image/png",
                    "ico", "image/x-icon",
                    "woff2", "font/woff2",
                    "txt", "text/plain; charset=utf-8");

    private final Map<String, Response> files = new ConcurrentHashMap<>();

    /** Nothing read yet. */
    public Dashboard() {}

    /**
     * The file at a path, {@code index.html} at {@code /}.
     *
     * @param path decoded; anything that is not the plain name of a file there has none
     */
    public Optional<Response> file(String path) {
        String name = path.equals("/") ? "/index.html" : path;
        if (!SAFE.matcher(name).matches() || !TYPES.containsKey(ending(name))) {
            return Optional.empty();
        }
        Response known = files.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Response> read = read(name);
        read.ifPresent(file -> files.put(name, file));
        return read;
    }

    private static String ending(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static Optional<Response> read(String name) {
        // beside the package that the module is named after
        try (var in = Dashboard.class.getResourceAsStream("/dev/millrace/web/" + ROOT + name)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] bytes = in.readAllBytes();
            var headers = new LinkedHashMap<String, String>();
            headers.put("Content-Type", TYPES.getOrDefault(ending(name), ""));
            headers.put("ETag", Etag.of(bytes));
            headers.put(
                    "Cache-Control",
                    name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache");
            headers.put("Content-Security-Policy", POLICY);
            headers.put("Referrer-Policy", "no-referrer");
            headers.put("Cross-Origin-Opener-Policy", "same-origin");
            headers.put("Cross-Origin-Resource-Policy", "same-origin");
            return Optional.of(new Response.Whole(200, headers, bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("a file of the distribution cannot be read", e);
        }
    }
}
