package dev.millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

/** Core keeps the direction of its rooms; and each rule is shown able to fail. */
class RoomsTest {
    private static final Rooms HOUSE = new Rooms("dev.millrace");
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages(HOUSE.root());

    /** A house under src/test in which every rule is broken. */
    private static final Rooms CROOKED = new Rooms("dev.millrace.fixture.crooked");

    private static final JavaClasses FIXTURE =
            new ClassFileImporter().importPackages(CROOKED.root());

    static Stream<String> rooms() {
        return Rooms.names();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aRoomImportsOnlyTheRoomsBelowIt(String room) {
        HOUSE.direction(room).check(CORE);
    }

    @Test
    void everyPackageIsARoomWhoseImportsAreStated() {
        HOUSE.allKnown().check(CORE);
    }

    @Test
    void noPackagesImportEachOther() {
        HOUSE.noCycle().check(CORE);
    }

    @Test
    void theRulesLookAtTheRealClasses() {
        assertThat(CORE).anyMatch(c -> c.getPackageName().equals("dev.millrace.job"));
        assertThat(CORE).noneMatch(c -> c.getPackageName().contains("fixture"));
    }

    @ParameterizedTest
    @CsvSource({
        "job, JobImportsLoop",
        "loop, LoopImportsJob",
        "store, StoreImportsQueue",
        "queue, QueueImportsWorker",
        "worker, WorkerImportsSchedule",
        "worker, WorkerImportsRoot",
        "schedule, ScheduleImportsUpkeep",
        "upkeep, UpkeepImportsWorker",
        "flow, FlowImportsWorker",
        "log, LogImportsQueue",
        "view, ViewImportsLog",
        "admin, AdminImportsQueue",
        "remote, RemoteImportsQueue",
        "limit, LimitImportsQueue",
    })
    void theDirectionOfARoomCanBeBroken(String room, String offender) {
        assertThat(violations(CROOKED.direction(room), FIXTURE))
                .anyMatch(v -> v.contains(offender));
    }

    @Test
    void everyRoomHasAProof() {
        assertThat(Rooms.names())
                .allMatch(room -> CROOKED.direction(room).evaluate(FIXTURE).hasViolation());
    }

    @Test
    void anUnknownPackageIsNoticed() {
        assertThat(violations(CROOKED.allKnown(), FIXTURE))
                .singleElement()
                .asString()
                .contains("attic.Stray");
    }

    @Test
    void aCycleIsNoticed() {
        assertThat(violations(CROOKED.noCycle(), FIXTURE))
                .anyMatch(v -> v.contains("worker.left") && v.contains("worker.right"));
    }

    private static Stream<String> violations(ArchRule rule, JavaClasses classes) {
        return rule.evaluate(classes).getFailureReport().getDetails().stream();
    }
}
