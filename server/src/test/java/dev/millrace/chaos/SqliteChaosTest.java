package dev.millrace.chaos;

/** Chaos around an SQLite file. */
final class SqliteChaosTest extends ChaosContract {
    @Override
    Engine engine() throws Exception {
        return new SqliteEngine();
    }
}
