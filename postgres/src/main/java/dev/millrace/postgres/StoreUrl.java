package dev.millrace.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a PostgreSQL store is: {@code postgresql://user:pass@host:port/db[?schema=…]}. Further
 * parameters go to the driver. Its text never shows the password.
 */
record StoreUrl(
        String host,
        int port,
        String database,
        @Nullable String user,
        @Nullable String password,
        SchemaName schema,
        Map<String, String> options) {

    private static final int DEFAULT_PORT = 5432;
    // Never echoed: with a '/' in it, part of a password stands where the port should be.
    private static final String PORT = "the port must be a number from 1 to 65535";

    static StoreUrl parse(String url) {
        String text = url.startsWith("jdbc:") ? url.substring(5) : url;
        if (!text.startsWith("postgresql://") && !text.startsWith("postgres://")) {
            throw wrong("it must start with postgresql://");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong(e.getReason() + " at index " + e.getIndex());
        }
        if (uri.getRawFragment() != null
                || uri.getRawPath() != null && uri.getRawPath().indexOf('@') >= 0) {
            throw wrong("in user and password '/', '?', '#' and '@' are %2F, %3F, %23 and %40");
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw wrong("the host is missing");
        }
        int at = authority.lastIndexOf('@');
        String[] login = at < 0 ? new String[0] : authority.substring(0, at).split(":", 2);
        String place = authority.substring(at + 1);
        int colon = place.lastIndexOf(':');
        boolean ported = colon > place.lastIndexOf(']');
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (path.length() < 2) {
            throw wrong("the database is missing after the host");
        }
        Map<String, String> options = options(uri.getRawQuery());
        String schema = options.remove("schema");
        String user = options.remove("user");
        String password = options.remove("password");
        return new StoreUrl(
                ported ? place.substring(0, colon) : place,
                ported ? port(place.substring(colon + 1)) : DEFAULT_PORT,
                decoded(path.substring(1)),
                login.length > 0 ? decoded(login[0]) : user,
                login.length > 1 ? decoded(login[1]) : password,
                new SchemaName(schema == null ? SchemaName.DEFAULT : schema),
                options);
    }

    private static Map<String, String> options(@Nullable String query) {
        var options = new LinkedHashMap<String, String>();
        if (query != null && !query.isEmpty()) {
            for (String part : query.split("&", -1)) {
                int at = part.indexOf('=');
                if (at < 1) {
                    throw wrong("after '?' there must be name=value parts joined by '&'");
                }
                options.put(decoded(part.substring(0, at)), decoded(part.substring(at + 1)));
            }
        }
        return options;
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65_536) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw wrong(PORT);
        }
        throw wrong(PORT);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong("a '%' must be followed by two hexadecimal digits");
        }
    }

    private static MillraceException wrong(String why) {
        return MillraceException.invalid(
                "store must be postgresql://user:pass@host:port/db[?schema=NAME]: %s; nothing was"
                                .formatted(why)
                        + " opened");
    }

    /** A source of plain connections; every call opens one. */
    PGSimpleDataSource source() {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(database);
        if (user != null) {
            source.setUser(user);
        }
        if (password != null) {
            source.setPassword(password);
        }
        source.setApplicationName("millrace");
        source.setTcpKeepAlive(true);
        source.setPrepareThreshold(1);
        source.setLoginTimeout(10);
        source.setConnectTimeout(10);
        for (Map.Entry<String, String> option : options.entrySet()) {
            try {
                source.setProperty(option.getKey(), option.getValue());
            } catch (java.sql.SQLException e) {
                throw wrong(
                        "the driver knows no parameter '%s' with such a value"
                                .formatted(option.getKey()));
            }
        }
        return source;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "postgresql://%s:%d/%s?schema=%s".formatted(host, port, database, schema.name());
    }
}
