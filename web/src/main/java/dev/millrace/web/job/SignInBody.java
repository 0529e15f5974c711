package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.web.schema.Schema;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who wants to sign in: {@code {"user": …, "password": …}}.
 *
 * @param user who
 * @param password by which they show it
 */
public record SignInBody(String user, String password) {
    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "SignIn",
                    "Somebody who wants to sign in.",
                    must("user", Schema.text(), "Their name."),
                    must("password", Schema.text(), "Their password."));

    /**
     * Reads it.
     *
     * @throws InvalidJob naming what is wrong, and no password
     */
    public static SignInBody read(String text) {
        var body = ObjectBody.read("the body", text, "user", "password");
        return new SignInBody(
                said(body, "user", body.text("user")),
                said(body, "password", body.text("password")));
    }

    private static String said(ObjectBody body, String name, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            throw body.refused(name, "'%s' must be said".formatted(name));
        }
        return text;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "SignInBody[user=" + user + "]";
    }
}
