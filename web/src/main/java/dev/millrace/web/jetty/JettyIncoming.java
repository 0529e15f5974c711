package dev.millrace.web.jetty;

import dev.millrace.web.http.Incoming;

import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;

/** A request as Jetty has it. */
final class JettyIncoming implements Incoming {
    private final Request request;

    JettyIncoming(Request request) {
        this.request = request;
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String path() {
        return Objects.requireNonNullElse(uri().getPath(), "");
    }

    @Override
    public @Nullable String query() {
        return uri().getQuery();
    }

    private HttpURI uri() {
        return request.getHttpURI();
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    @Override
    public String address() {
        return Request.getRemoteAddr(request);
    }

    @Override
    public boolean isSecure() {
        return request.isSecure();
    }

    @Override
    public long length() {
        return request.getLength();
    }

    @Override
    public InputStream body() {
        return Request.asInputStream(request);
    }
}
