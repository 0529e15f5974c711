package dev.millrace.web.access;

import dev.millrace.web.http.Incoming;
import dev.millrace.web.http.Who;

import java.util.Optional;

/**
 * The host application's own way to know who sends a request: its session, a header that its proxy
 * sets, an OIDC token. Asked for every request that carries no token of ours, before our own
 * sessions. Thread-safe; may block, and is then best quick.
 */
@FunctionalInterface
public interface Authenticator {
    /**
     * Who sends it, as {@link Who#user} or {@link Who#token}; empty when this way does not tell.
     *
     * @throws dev.millrace.web.http.Refused to refuse the request
     */
    Optional<Who> who(Incoming incoming);
}
