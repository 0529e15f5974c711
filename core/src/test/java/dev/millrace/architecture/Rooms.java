package dev.millrace.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which room of core may import which. The rules are made for a root package, so that the same
 * rules can be shown to fail on a house built wrongly on purpose.
 *
 * @param root the package that holds the rooms
 */
record Rooms(String root) {
    private static final Map<String, List<String>> MAY_IMPORT =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("job", List.of()),
                            Map.entry("loop", List.of()),
                            Map.entry("store", List.of("job", "loop")),
                            Map.entry("queue", List.of("job", "loop", "store")),
                            Map.entry("worker", List.of("job", "loop", "store", "queue")),
                            Map.entry("schedule", List.of("job", "loop", "store", "queue")),
                            Map.entry("upkeep", List.of("job", "loop", "store", "queue")),
                            Map.entry("flow", List.of("job", "loop", "store", "queue")),
                            Map.entry("log", List.of("job", "loop", "store")),
                            Map.entry("view", List.of("job", "loop", "store")),
                            Map.entry("admin", List.of("job", "loop", "store")),
                            Map.entry("limit", List.of("job", "loop", "store")),
                            Map.entry("remote", List.of("job", "loop", "store"))));

    static Stream<String> names() {
        return MAY_IMPORT.keySet().stream();
    }

    /** The room imports itself, the rooms it may know, and nothing else of ours. */
    ArchRule direction(String room) {
        var allowed = new ArrayList<>(List.of(in(room)));
        MAY_IMPORT.get(room).forEach(other -> allowed.add(in(other)));
        var ours = resideInAPackage(root + "..");
        return classes()
                .that()
                .resideInAPackage(in(room))
                .should()
                .onlyDependOnClassesThat(
                        not(ours).or(resideInAnyPackage(allowed.toArray(String[]::new))))
                .as(room + " imports of ours at most " + MAY_IMPORT.get(room))
                .allowEmptyShould(true);
    }

    /** Every package is the root or belongs to a room named above. */
    ArchRule allKnown() {
        var known = Stream.concat(Stream.of(root), names().map(this::in)).toArray(String[]::new);
        return classes()
                .should()
                .resideInAnyPackage(known)
                .as("every class lives in the root or in a room whose imports are stated")
                .allowEmptyShould(true);
    }

    /** No two packages, rooms or parts of rooms, know each other. */
    ArchRule noCycle() {
        return slices().matching(root + ".(**)")
                .should()
                .beFreeOfCycles()
                .as("no package cycle")
                .allowEmptyShould(true);
    }

    private String in(String room) {
        return root + "." + room + "..";
    }
}
