package dev.millrace.server.command;

import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

/**
 * One thing the doctor looked at.
 *
 * @param name what
 * @param status how it is
 * @param found what was found
 * @param advice what to do; {@code null} when nothing
 */
record Check(String name, Status status, String found, @Nullable String advice) {
    /** How a thing is. */
    enum Status {
        OK,
        WARN,
        FAIL;

        String text() {
            return switch (this) {
                case OK -> "ok";
                case WARN -> "warn";
                case FAIL -> "fail";
            };
        }
    }

    static Check ok(String name, String found) {
        return new Check(name, Status.OK, found, null);
    }

    static Check warn(String name, String found, String advice) {
        return new Check(name, Status.WARN, found, advice);
    }

    static Check fail(String name, String found, String advice) {
        return new Check(name, Status.FAIL, found, advice);
    }

    JsonLine json() {
        return new JsonLine()
                .with("check", name)
                .with("status", status.text())
                .with("found", found)
                .withKnown("advice", advice);
    }
}
