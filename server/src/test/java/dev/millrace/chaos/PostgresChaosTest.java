package dev.millrace.chaos;

/** Chaos around a PostgreSQL server. */
final class PostgresChaosTest extends ChaosContract {
    @Override
    Engine engine() throws Exception {
        return PostgresEngine.start();
    }
}
