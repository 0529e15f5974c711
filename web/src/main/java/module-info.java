/** The HTTP API over a Millrace, and how jobs look to programs. */
module dev.millrace.web {
    requires transitive dev.millrace.core;
    requires org.bouncycastle.provider;
    requires org.eclipse.jetty.server;
    requires org.slf4j;
    requires tools.jackson.core;

    exports dev.millrace.web;
    exports dev.millrace.web.access;
    exports dev.millrace.web.http;
    exports dev.millrace.web.job;
    exports dev.millrace.web.schema;
    exports dev.millrace.web.text;
}
