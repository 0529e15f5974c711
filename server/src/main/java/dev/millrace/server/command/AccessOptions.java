package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.Unreadable;
import dev.millrace.web.WebAccess;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.AuditLog;
import dev.millrace.web.access.LiveRules;
import dev.millrace.web.http.Cors;
import dev.millrace.web.http.Mount;
import dev.millrace.web.http.Network;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** The options that say who may ask a process what, and from where. */
final class AccessOptions {
    @Option(
            names = "--access",
            paramLabel = "FILE",
            description = {
                "Who may do what: a line for each user, token and hidden field, see"
                        + " docs/guides/access.md.",
                "Default: everybody on this machine may do everything"
            })
    private @Nullable Path access;

    @Option(
            names = "--context-path",
            paramLabel = "/PATH",
            description = "Below which path it stands, such as /jobs. Default: none")
    private @Nullable String contextPath;

    @Option(
            names = "--trusted-proxies",
            split = ",",
            paramLabel = "NETWORK",
            description =
                    "Whose X-Forwarded-For, -Proto and -Host count: addresses or networks such as"
                            + " 10.0.0.0/8. Default: nobody's")
    private List<String> proxies = new ArrayList<>();

    @Option(
            names = "--allow-origins",
            split = ",",
            paramLabel = "ORIGIN",
            description =
                    "Pages of which other sites may ask from a browser, with a token:"
                            + " https://app.example.com. Default: none")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--hosts",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Names it is asked by besides localhost, while nobody has to say who they are."
                            + " Default: none")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--audit-age",
            paramLabel = "DURATION",
            description = "How long the audit log keeps what was done. Default: 365d")
    private @Nullable Duration auditAge;

    @Option(
            names = "--audit-most",
            paramLabel = "N",
            description = "The most entries the audit log keeps. Default: 1000000")
    private @Nullable Integer auditMost;

    /** Refuses what cannot be meant. */
    WebAccess read() {
        try {
            var standard = AuditLog.Keeping.standard();
            var names = new HashSet<String>();
            hosts.forEach(each -> names.add(each.toLowerCase(Locale.ROOT)));
            return WebAccess.open()
                    .rules(rules())
                    .mount(
                            new Mount(
                                    contextPath == null ? "" : contextPath,
                                    proxies.stream().map(Network::parse).toList()))
                    .cors(new Cors(new HashSet<>(origins)))
                    .hosts(names)
                    .audit(
                            new AuditLog.Keeping(
                                    auditAge == null ? standard.age() : auditAge,
                                    auditMost == null ? standard.most() : auditMost));
        } catch (IllegalArgumentException e) {
            throw MillraceException.invalid(e.getMessage() + "; nothing was started");
        }
    }

    private LiveRules rules() {
        if (access == null) {
            return LiveRules.fixed(AccessRules.open());
        }
        try {
            return LiveRules.of(access);
        } catch (IOException e) {
            throw Unreadable.refusal("--access", access.toString(), e);
        }
    }

    /** Whether anything was said. */
    boolean says() {
        return access != null
                || contextPath != null
                || auditAge != null
                || auditMost != null
                || !proxies.isEmpty()
                || !origins.isEmpty()
                || !hosts.isEmpty();
    }
}
