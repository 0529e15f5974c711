/** What work is, where it waits and how it runs; no engine, no web. */
module dev.millrace.core {
    requires transitive org.jspecify;
    requires transitive tools.jackson.databind;
    requires org.slf4j;
}
