/** The embedded default store: one file. */
module dev.millrace.sqlite {
    requires transitive dev.millrace.core;
    requires transitive java.sql;
    requires org.slf4j;
    requires org.xerial.sqlitejdbc;

    exports dev.millrace.sqlite;
}
