/** What work is, where it waits and how it runs; no engine, no web. */
module dev.millrace.core {
    requires transitive org.jspecify;
    requires transitive tools.jackson.databind;
    requires transitive java.net.http;
    requires transitive java.sql;
    requires org.slf4j;

    exports dev.millrace;
    exports dev.millrace.admin;
    exports dev.millrace.flow;
    exports dev.millrace.job;
    exports dev.millrace.limit;
    exports dev.millrace.loop;
    exports dev.millrace.queue;
    exports dev.millrace.remote;
    exports dev.millrace.schedule;
    exports dev.millrace.store;
    exports dev.millrace.upkeep;
    exports dev.millrace.worker;
}
