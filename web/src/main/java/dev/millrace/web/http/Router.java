package dev.millrace.web.http;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds the route of a request. Immutable. */
public final class Router {
    private final List<Route> routes;
    private final List<Entry> entries;

    private record Entry(Route route, List<String> segments) {
        boolean fits(List<String> path) {
            if (segments.size() != path.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                String segment = segments.get(i);
                if (!isParameter(segment) && !segment.equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }

        /** How many segments are spelled out: the more, the closer the fit. */
        long literals() {
            return segments.stream().filter(segment -> !isParameter(segment)).count();
        }

        static boolean isParameter(String segment) {
            return segment.startsWith("{");
        }
    }

    /** What was found. */
    sealed interface Found {
        /**
         * A route.
         *
         * @param route which
         * @param path the texts of its path parameters
         */
        record Here(Route route, Map<String, String> path) implements Found {}

        /**
         * The path, but not with this method.
         *
         * @param allow the methods there are
         */
        record OtherMethod(String allow) implements Found {}

        /** Nothing. */
        record Nowhere() implements Found {}
    }

    /**
     * A router.
     *
     * @throws IllegalArgumentException when two routes are the same, or a template and its
     *     parameters differ
     */
    public Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
        var all = new ArrayList<Entry>();
        var seen = new HashSet<String>();
        var operations = new HashSet<String>();
        for (Route route : routes) {
            if (!seen.add(route.method() + " " + route.template().replaceAll("\\{[^}]*}", "{}"))) {
                throw new IllegalArgumentException("two routes are " + route.template());
            }
            if (!operations.add(route.operation())) {
                throw new IllegalArgumentException("two routes are called " + route.operation());
            }
            var entry = new Entry(route, List.of(route.template().substring(1).split("/", -1)));
            checkParameters(entry);
            all.add(entry);
        }
        all.sort((a, b) -> Long.compare(b.literals(), a.literals()));
        this.entries = List.copyOf(all);
    }

    private static void checkParameters(Entry entry) {
        Set<String> inPath = new HashSet<>();
        entry.segments().stream()
                .filter(Entry::isParameter)
                .forEach(each -> inPath.add(each.substring(1, each.length() - 1)));
        Set<String> declared = new HashSet<>();
        entry.route().parameters().stream()
                .filter(each -> each.in() == Parameter.In.PATH)
                .forEach(each -> declared.add(each.name()));
        if (!inPath.equals(declared)) {
            throw new IllegalArgumentException(
                    "route %s declares the path parameters %s"
                            .formatted(entry.route().template(), declared));
        }
        if (entry.route().need() instanceof Need.OfQueue need
                && !inPath.contains(need.queue().name())) {
            throw new IllegalArgumentException(
                    "route %s takes a role on the queue '%s', which its path does not name"
                            .formatted(entry.route().template(), need.queue().name()));
        }
    }

    /** Every route, in the order given. */
    public List<Route> routes() {
        return routes;
    }

    Found find(String method, List<String> path) {
        String wanted = method.equals("HEAD") ? "GET" : method;
        var allowed = new TreeSet<String>();
        for (Entry entry : entries) {
            if (entry.fits(path)) {
                if (entry.route().method().name().equals(wanted)) {
                    return new Found.Here(entry.route(), values(entry, path));
                }
                allowed.add(entry.route().method().name());
            }
        }
        if (allowed.isEmpty()) {
            return new Found.Nowhere();
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return new Found.OtherMethod(allowed.stream().collect(joining(", ")));
    }

    private static Map<String, String> values(Entry entry, List<String> path) {
        var values = new LinkedHashMap<String, String>();
        for (int i = 0; i < path.size(); i++) {
            String segment = entry.segments().get(i);
            if (Entry.isParameter(segment)) {
                values.put(segment.substring(1, segment.length() - 1), path.get(i));
            }
        }
        return values;
    }
}
