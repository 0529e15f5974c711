package dev.millrace.server.command;

import dev.millrace.web.WebSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** The options of a process that serves HTTP. */
final class WebOptions {
    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = {
                "Where to listen; only loopback, while there is no access control.",
                "Default: 127.0.0.1"
            })
    private @Nullable String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "0 takes a free one. Default: " + WebSettings.DEFAULT_PORT)
    private @Nullable Integer port;

    /** Refuses what cannot be listened on. */
    WebSettings settings() {
        var standard = WebSettings.standard();
        return standard.at(
                host == null ? standard.host() : host, port == null ? standard.port() : port);
    }

    /** Whether anything was said of where to listen. */
    boolean saysWhere() {
        return host != null || port != null;
    }
}
