package dev.millrace.web;

import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.AuditLog;
import dev.millrace.web.access.Authenticator;
import dev.millrace.web.access.LiveRules;
import dev.millrace.web.http.Cors;
import dev.millrace.web.http.Mount;

import java.util.Optional;
import java.util.Set;

/**
 * Who may ask the web tier what, and from where. Immutable; each method answers a changed copy.
 *
 * @param live users, tokens, what is hidden
 * @param authenticator the host application's own way to know people; empty for none
 * @param mount below which path it stands and which proxies are trusted
 * @param cors pages of which other sites may ask
 * @param hosts names it has besides those of loopback, for {@code Host}, in lower case
 * @param audit how much of what was done is kept
 */
public record WebAccess(
        LiveRules live,
        Optional<Authenticator> authenticator,
        Mount mount,
        Cors cors,
        Set<String> hosts,
        AuditLog.Keeping audit) {
    /** Copies the names. */
    public WebAccess {
        hosts = Set.copyOf(hosts);
    }

    /** Everybody on this machine may do everything; at the root, behind no proxy. */
    public static WebAccess open() {
        return new WebAccess(
                LiveRules.fixed(AccessRules.open()),
                Optional.empty(),
                Mount.root(),
                Cors.none(),
                Set.of(),
                AuditLog.Keeping.standard());
    }

    /** Whether nobody has to say who they are. */
    public boolean isOpen() {
        return rules().isOpen() && authenticator.isEmpty();
    }

    /** Users, tokens, what is hidden, as they were at the start. */
    public AccessRules rules() {
        return live.atStart();
    }

    /** The same with other rules, which do not change. */
    public WebAccess rules(AccessRules newRules) {
        return rules(LiveRules.fixed(newRules));
    }

    /** The same with other rules. */
    public WebAccess rules(LiveRules newRules) {
        return new WebAccess(newRules, authenticator, mount, cors, hosts, audit);
    }

    /** The same asking the host application. */
    public WebAccess authenticator(Authenticator own) {
        return new WebAccess(live, Optional.of(own), mount, cors, hosts, audit);
    }

    /** The same standing elsewhere. */
    public WebAccess mount(Mount newMount) {
        return new WebAccess(live, authenticator, newMount, cors, hosts, audit);
    }

    /** The same for pages of other sites. */
    public WebAccess cors(Cors newCors) {
        return new WebAccess(live, authenticator, mount, newCors, hosts, audit);
    }

    /** The same under more names. */
    public WebAccess hosts(Set<String> names) {
        return new WebAccess(live, authenticator, mount, cors, names, audit);
    }

    /** The same keeping more or less of what was done. */
    public WebAccess audit(AuditLog.Keeping keeping) {
        return new WebAccess(live, authenticator, mount, cors, hosts, keeping);
    }
}
