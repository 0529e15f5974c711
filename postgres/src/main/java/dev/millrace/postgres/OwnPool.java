package dev.millrace.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import java.time.Duration;

/** The pool of a store that was given an address. */
final class OwnPool {
    private OwnPool() {}

    static HikariDataSource of(StoreUrl url, int size) {
        var driver = url.source();
        if (!url.options().containsKey("socketTimeout")) {
            // Longer than any statement of the store, so that a dead network frees its caller.
            driver.setSocketTimeout((int) Duration.ofSeconds(30).toSeconds());
        }
        var config = new HikariConfig();
        config.setPoolName("millrace-" + url.schema().name());
        config.setDataSource(driver);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(Duration.ofSeconds(10).toMillis());
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql("set statement_timeout = '25s'");
        return new HikariDataSource(config);
    }
}
