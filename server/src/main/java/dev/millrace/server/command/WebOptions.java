package dev.millrace.server.command;

import dev.millrace.MillraceBuilder;
import dev.millrace.job.Durability;
import dev.millrace.web.WebSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/** The options of a process that serves HTTP. */
final class WebOptions {
    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = {
                "Where to listen; only loopback, unless --access says who may do what.",
                "Default: 127.0.0.1"
            })
    private @Nullable String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "0 takes a free one. Default: " + WebSettings.DEFAULT_PORT)
    private @Nullable Integer port;

    @Mixin private AccessOptions access = new AccessOptions();

    @Option(
            names = "--queue-durability",
            split = ",",
            paramLabel = "QUEUE=LEVEL",
            description =
                    "What receipts of a queue are worth where the request does not say: memory, os"
                            + " or disk; may be repeated. Default: disk")
    private List<NameValue> durability = new ArrayList<>();

    /** What is said of jobs that are accepted here. */
    void applyTo(MillraceBuilder builder) {
        NameValue.map("--queue-durability", durability, each -> Durability.of(each.value()))
                .forEach(builder::durability);
    }

    /** Refuses what cannot be listened on. */
    WebSettings settings() {
        var standard = WebSettings.standard();
        return standard.access(access.read())
                .at(host == null ? standard.host() : host, port == null ? standard.port() : port);
    }

    /** Whether anything was said of where to listen or of what is accepted there. */
    boolean saysWhere() {
        return host != null || port != null || !durability.isEmpty() || access.says();
    }
}
