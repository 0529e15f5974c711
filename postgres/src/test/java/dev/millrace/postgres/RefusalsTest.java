package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.WorkerInfo;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import java.util.Map;

import javax.sql.DataSource;

/** What the store says when the server lets it in but not do its work. */
class RefusalsTest extends StoreTest {
    private String role;

    @BeforeEach
    void makeRole() throws Exception {
        role = "r_" + StoreUrl.parse(url).schema().name();
        execute("create role %s login password 'p' in role pg_read_all_data".formatted(role));
    }

    @AfterEach
    void dropRole() throws Exception {
        execute("drop owned by %s; drop role %s".formatted(role, role));
    }

    private DataSource source() {
        PGSimpleDataSource source = StoreUrl.parse(url).source();
        source.setUser(role);
        source.setPassword("p");
        return source;
    }

    private String schema() {
        return StoreUrl.parse(url).schema().name();
    }

    private static void assertFails(Code code, String text, ThrowingCallable call) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(call)
                .matches(e -> e.code() == code, "code " + code)
                .withMessageContaining(text);
    }

    @Test
    void aUserWithoutRightsIsRefusedAndToldSo() {
        var jobs = jobs(1, KIND, 4);
        try (var own = PostgresStore.of(source(), schema(), false)) {
            String advice = "lacks a right";
            assertFails(Code.STORE_REFUSED, advice, () -> own.reserveIds(1));
            assertFails(Code.STORE_REFUSED, advice, () -> own.enqueue(jobs, false));
            assertFails(
                    Code.STORE_REFUSED,
                    advice,
                    () -> own.register(new WorkerInfo("w", "1", Map.of("q", 1), NOW)));
            assertFails(Code.STORE_REFUSED, advice, () -> own.promote(NOW, 10));
            assertThat(own.find(1)).isEmpty();
            assertThat(own.queues()).isEmpty();
        }
        assertThat(store.queues()).isEmpty();
    }

    @Test
    void aUserWhoMayNotCreateASchemaIsToldSo() {
        String fresh = schema() + "_x";
        assertFails(
                Code.STORE_REFUSED,
                "lacks a right",
                () -> PostgresStore.of(source(), fresh, true).close());
    }

    @Test
    void aWrongPasswordIsRefusedAndNotTold() {
        PGSimpleDataSource wrong = StoreUrl.parse(url).source();
        wrong.setUser("nobody_" + role);
        wrong.setPassword("sekret");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> PostgresStore.of(wrong, schema(), false).close())
                .withMessageNotContaining("sekret");
    }

    @Test
    void aReadOnlySessionIsUnavailableForWritesAndServesReads() throws Exception {
        execute(
                """
                grant all on schema {schema} to %1$s;
                grant all on all tables in schema {schema} to %1$s;
                grant all on all sequences in schema {schema} to %1$s;
                alter role %1$s set default_transaction_read_only = on
                """
                        .formatted(role));
        var jobs = jobs(1, KIND, 4);
        store.enqueue(jobs, false);
        try (var own = PostgresStore.of(source(), schema(), true)) {
            String advice = "read-only";
            assertFails(Code.STORE_UNAVAILABLE, advice, () -> own.reserveIds(1));
            assertFails(Code.STORE_UNAVAILABLE, advice, () -> own.enqueue(jobs(1, KIND, 4), false));
            assertFails(Code.STORE_UNAVAILABLE, advice, () -> own.promote(NOW, 10));
            assertThat(own.find(jobs.getFirst().id())).isPresent();
            assertThat(own.queues()).hasSize(1);
            execute("alter role %s set default_transaction_read_only = off".formatted(role));
            assertThat(own.reserveIds(1).count()).isEqualTo(1);
        }
    }
}
