/** The same store at scale. */
module dev.millrace.postgres {
    requires transitive dev.millrace.core;
    requires transitive java.sql;
    requires com.zaxxer.hikari;
    requires org.postgresql.jdbc;
    requires org.slf4j;
    requires static org.checkerframework.checker.qual;

    exports dev.millrace.postgres;
}
