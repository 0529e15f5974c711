package dev.millrace.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;

import dev.millrace.job.MillraceException;

import org.slf4j.Logger;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The log of the program, set up in code so that nothing is searched and no XML is read at start.
 * It goes to standard error: INFO and above from Millrace, WARN and above from everything else;
 * {@code MILLRACE_LOG} names another level for Millrace, {@code MILLRACE_LOG_FORMAT=json} writes a
 * JSON object a line.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    /** Names the level of Millrace's own lines. */
    public static final String LEVEL = "MILLRACE_LOG";

    /** Names the form of the lines. */
    public static final String FORMAT = "MILLRACE_LOG_FORMAT";

    private static final List<String> LEVELS =
            List.of("trace", "debug", "info", "warn", "error", "off");
    private static final List<String> FORMATS = List.of("text", "json");

    /** Found by the logging library through its service file. */
    public LogConfigurator() {}

    /**
     * Refuses what the variables may not say.
     *
     * @throws MillraceException with {@code invalid-input}
     */
    public static void check(Map<String, String> environment) {
        check(environment, LEVEL, LEVELS);
        check(environment, FORMAT, FORMATS);
    }

    private static void check(
            Map<String, String> environment, String variable, List<String> allowed) {
        String said = environment.getOrDefault(variable, "");
        if (!said.isEmpty() && !allowed.contains(said.toLowerCase(Locale.ROOT))) {
            throw MillraceException.invalid(
                    "%s must be one of %s, got '%s'; nothing was done"
                            .formatted(variable, String.join(", ", allowed), said));
        }
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        boolean json = "json".equalsIgnoreCase(System.getenv(FORMAT));
        Encoder<ILoggingEvent> encoder = json ? json() : text(context);
        encoder.setContext(context);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        // warns of every malformed request, with whatever it said: anybody could fill the log
        context.getLogger("org.eclipse.jetty.util.HostPort").setLevel(Level.OFF);
        context.getLogger("dev.millrace").setLevel(Level.toLevel(System.getenv(LEVEL), Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static Encoder<ILoggingEvent> json() {
        var encoder = new JsonEncoder();
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        encoder.setWithMessage(false);
        return encoder;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} %msg %kvp%n%ex");
        return encoder;
    }
}
