package dev.millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/** Every module keeps the rules of the house; and each rule is shown able to fail. */
class HouseTest {
    private static final House HOUSE = new House("dev.millrace");
    private static final JavaClasses SHIPPED =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages(HOUSE.root());

    /** A house under src/test in which every rule is broken. */
    private static final House CROOKED = new House("dev.millrace.fixture.crooked");

    private static final JavaClasses FIXTURE =
            new ClassFileImporter().importPackages(CROOKED.root());

    static Stream<Named<ArchRule>> rules() {
        return HOUSE.all().map(rule -> Named.of(rule.getDescription(), rule));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theHouseKeeps(ArchRule rule) {
        rule.check(SHIPPED);
    }

    @Test
    void theRulesLookAtTheModulesThemselves() {
        assertThat(List.of("job", "sqlite", "postgres", "testkit", "web", "server"))
                .allMatch(
                        module -> SHIPPED.stream().anyMatch(c -> isIn(c.getPackageName(), module)));
        assertThat(SHIPPED).noneMatch(c -> c.getPackageName().contains("fixture"));
    }

    record Proof(ArchRule rule, String offender) {
        @Override
        public String toString() {
            return rule.getDescription() + " <- " + offender;
        }
    }

    static Stream<Proof> proofs() {
        return Stream.of(
                new Proof(CROOKED.coreKnowsNoOtherModule(), "job.JobImportsSqlite"),
                new Proof(CROOKED.theRootIsCoreToo(), "crooked.RootImportsServer"),
                new Proof(CROOKED.adaptersKnowOnlyRooms("sqlite"), "sqlite.SqliteImportsPostgres"),
                new Proof(CROOKED.adaptersKnowOnlyRooms("postgres"), "postgres.PostgresImportsWeb"),
                new Proof(CROOKED.adaptersKnowOnlyRooms("redis"), "redis.RedisImportsSqlite"),
                new Proof(
                        CROOKED.adaptersKnowOnlyRooms("bridges"), "bridges.BridgesImportsTestkit"),
                new Proof(CROOKED.nobodyBelowImportsTheRoot(), "postgres.PostgresImportsRoot"),
                new Proof(CROOKED.testkitKnowsNoEngine(), "testkit.TestkitImportsPostgres"),
                new Proof(CROOKED.nothingShippedKnowsTestkit(), "server.ServerImportsTestkit"),
                new Proof(CROOKED.nobodyImportsTheServer(), "web.WebImportsServer"),
                new Proof(CROOKED.webKnowsNoEngine(), "web.WebImportsPostgres"),
                new Proof(CROOKED.oneRoomKnowsTheHttpServer(), "web.WebImportsJetty"),
                new Proof(CROOKED.noCycle(), "server.left"),
                new Proof(CROOKED.noThreadLocal(), "server.HoldsThreadLocal"),
                new Proof(CROOKED.noServiceLoader(), "server.LoadsServices"),
                new Proof(CROOKED.noSleep(), "server.Sleeps"),
                new Proof(CROOKED.noSleep(), "server.SleepsInUnits"),
                new Proof(CROOKED.noVagueNames(), "server.ThingManager"),
                new Proof(CROOKED.noMutableStatics(), "server.Counts"),
                new Proof(CROOKED.everyPackageIsNullMarked(), "web.WebThing"));
    }

    @ParameterizedTest
    @MethodSource("proofs")
    void eachRuleCanBeBroken(Proof proof) {
        assertThat(proof.rule().evaluate(FIXTURE).getFailureReport().getDetails())
                .anyMatch(violation -> violation.contains(proof.offender()));
    }

    @Test
    void everyRuleHasAProof() {
        assertThat(CROOKED.all())
                .allMatch(
                        rule -> rule.evaluate(FIXTURE).hasViolation(), "is broken by the fixture");
    }

    @Test
    void theDemoMaySleep() {
        assertThat(CROOKED.noSleep().evaluate(FIXTURE).getFailureReport().getDetails())
                .noneMatch(violation -> violation.contains("DemoSleeps"));
    }

    private static boolean isIn(String packageName, String module) {
        return (packageName + ".").startsWith(HOUSE.root() + "." + module + ".");
    }
}
