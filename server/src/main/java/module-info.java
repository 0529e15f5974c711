/** The command line and the distribution: one jar. */
module dev.millrace.server {
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires dev.millrace.core;
    requires dev.millrace.postgres;
    requires dev.millrace.sqlite;
    requires dev.millrace.web;
    requires info.picocli;
    requires java.net.http;
    requires org.slf4j;

    // the command line is read into fields
    opens dev.millrace.server.command to
            info.picocli;
    opens dev.millrace.server.demo to
            info.picocli,
            tools.jackson.databind;

    provides ch.qos.logback.classic.spi.Configurator with
            dev.millrace.server.log.LogConfigurator;
}
