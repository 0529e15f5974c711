package dev.millrace.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Which module of the house may import which, and what none of them may use. The rules are made for
 * a root package, so that the same rules can be shown to fail on a house built wrongly on purpose.
 *
 * @param root the package that holds every module
 */
record House(String root) {
    private static final List<String> ADAPTERS = List.of("sqlite", "postgres", "redis", "bridges");
    private static final List<String> ROOMS =
            List.of(
                    "job",
                    "loop",
                    "store",
                    "queue",
                    "worker",
                    "schedule",
                    "upkeep",
                    "flow",
                    "log",
                    "view");
    private static final List<String> ABOVE_CORE = List.of("aggregator", "web", "server");

    ArchRule coreKnowsNoOtherModule() {
        return none(in(ROOMS), in(ADAPTERS, ABOVE_CORE, List.of("testkit")))
                .as("core knows no adapter, no testkit and nothing above it");
    }

    ArchRule theRootIsCoreToo() {
        return none(new String[] {root}, in(ADAPTERS, ABOVE_CORE, List.of("testkit")))
                .as("the façade is part of core and knows what core knows");
    }

    ArchRule adaptersKnowOnlyRooms(String adapter) {
        var others = ADAPTERS.stream().filter(other -> !other.equals(adapter)).toList();
        return none(in(List.of(adapter)), in(others, ABOVE_CORE, List.of("testkit")))
                .as(adapter + " knows no other adapter, no testkit and nothing above core");
    }

    ArchRule nobodyBelowImportsTheRoot() {
        return none(in(ROOMS, ADAPTERS), root).as("rooms and adapters do not import the façade");
    }

    ArchRule testkitKnowsNoEngine() {
        return none(in(List.of("testkit")), in(ADAPTERS, ABOVE_CORE))
                .as("testkit knows core only: no engine gets contracts of its own");
    }

    ArchRule nothingShippedKnowsTestkit() {
        return none(in(ABOVE_CORE), in(List.of("testkit"))).as("no program ships the testkit");
    }

    ArchRule nobodyImportsTheServer() {
        return none(in(ROOMS, ADAPTERS, List.of("aggregator", "web", "testkit")), in("server"))
                .as("nobody imports the server");
    }

    ArchRule webKnowsNoEngine() {
        return none(in(List.of("web")), in(ADAPTERS))
                .as("web knows core only: it works on any store");
    }

    ArchRule oneRoomKnowsTheHttpServer() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(root + ".web.jetty..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .as("only web.jetty knows the HTTP server, so that another may serve the routes")
                .allowEmptyShould(true);
    }

    ArchRule noCycle() {
        return slices().matching(root + ".(**)")
                .should()
                .beFreeOfCycles()
                .as("no package cycle")
                .allowEmptyShould(true);
    }

    ArchRule noThreadLocal() {
        return noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ThreadLocal.class)
                .as("ScopedValue, never ThreadLocal: jobs run on virtual threads")
                .allowEmptyShould(true);
    }

    ArchRule noServiceLoader() {
        return noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ServiceLoader.class)
                .as("parts are passed in, never found by a service loader")
                .allowEmptyShould(true);
    }

    ArchRule noSleep() {
        return noClasses()
                .that()
                .resideOutsideOfPackages(root + ".server.demo..", root + ".loop..")
                .and()
                .doNotHaveFullyQualifiedName(root + ".job.Retries")
                .should()
                .callMethodWhere(
                        target(name("sleep"))
                                .and(
                                        target(owner(assignableTo(Thread.class)))
                                                .or(target(owner(assignableTo(TimeUnit.class))))))
                .as(
                        "wait for a signal or a deadline, never sleep (the loops' backoff, tries in"
                                + " place and the demo's jobs may)")
                .allowEmptyShould(true);
    }

    ArchRule noVagueNames() {
        return noClasses()
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .as("a name says what a thing is: not Impl, Manager, Helper, Util or Utils")
                .allowEmptyShould(true);
    }

    ArchRule noMutableStatics() {
        return fields().that()
                .areStatic()
                .should()
                .beFinal()
                .as("no static field can be assigned twice")
                .allowEmptyShould(true);
    }

    ArchRule everyPackageIsNullMarked() {
        return classes()
                .should(liveInANullMarkedPackage())
                .as("every package is @NullMarked in its package-info")
                .allowEmptyShould(true);
    }

    /** Every rule that is not about one adapter. */
    Stream<ArchRule> all() {
        return Stream.concat(
                ADAPTERS.stream().map(this::adaptersKnowOnlyRooms),
                Stream.of(
                        coreKnowsNoOtherModule(),
                        theRootIsCoreToo(),
                        nobodyBelowImportsTheRoot(),
                        testkitKnowsNoEngine(),
                        nothingShippedKnowsTestkit(),
                        nobodyImportsTheServer(),
                        webKnowsNoEngine(),
                        oneRoomKnowsTheHttpServer(),
                        noCycle(),
                        noThreadLocal(),
                        noServiceLoader(),
                        noSleep(),
                        noVagueNames(),
                        noMutableStatics(),
                        everyPackageIsNullMarked()));
    }

    private static ArchRule none(String[] from, String... to) {
        return noClasses()
                .that()
                .resideInAnyPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to)
                .allowEmptyShould(true);
    }

    @SafeVarargs
    private String[] in(List<String>... modules) {
        var packages = new ArrayList<String>();
        for (var names : modules) {
            names.forEach(module -> packages.add(in(module)));
        }
        return packages.toArray(String[]::new);
    }

    private String in(String module) {
        return root + "." + module + "..";
    }

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a @NullMarked package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(
                            SimpleConditionEvent.violated(
                                    type, type.getName() + " lives in a package without it"));
                }
            }
        };
    }
}
