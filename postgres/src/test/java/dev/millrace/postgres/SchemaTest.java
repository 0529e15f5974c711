package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;

/** The schema, and what the store says of itself. */
class SchemaTest extends StoreTest {
    @Test
    void aPasswordIsNeverTold() {
        for (String url :
                List.of(
                        "postgresql://u:sekret/ss@h/db",
                        "postgresql://u:5432/sekret@h/db",
                        "postgresql://u:5432/se#kret@h/db",
                        "postgresql://u:se%kret@h/db")) {
            assertThatThrownBy(() -> StoreUrl.parse(url))
                    .hasMessageNotContaining("sekret")
                    .hasMessageNotContaining("kret@h");
        }
    }

    @Test
    void theSchemaIsAppliedOnceAndANewerOneIsRefused() throws Exception {
        var schema = PostgresStore.schema(url);
        assertThat(schema.installed()).isEqualTo(schema.known());
        assertThat(schema.pending()).isEmpty();
        assertThat(PostgresStore.schema(TestServer.freshUrl()).pending()).hasSize(schema.known());
        assertThatThrownBy(() -> PostgresStore.at(TestServer.freshUrl(), false))
                .hasMessageContaining("millrace migrate");
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    StoreUrl.parse(url)
                            .schema()
                            .in("insert into {schema}.migration values (99, 'future')"));
        }
        assertThatThrownBy(() -> PostgresStore.at(url)).hasMessageContaining("newer");
    }

    @Test
    void theStoreSaysWhatItIsWithoutItsPassword() {
        var info = store.info();
        assertThat(info.engine()).isEqualTo("postgres");
        assertThat(info.schemaVersion()).isEqualTo(PostgresStore.schema(url).known());
        assertThat(info.toString()).doesNotContain("postgres:postgres");
        assertThatThrownBy(() -> PostgresStore.at("postgresql://u:sekret@localhost:99999/x"))
                .hasMessageContaining("port")
                .hasMessageNotContaining("sekret");
    }
}
