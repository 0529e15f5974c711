package dev.millrace.server.config;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file that was named could not be read, in words. */
public final class Unreadable {
    private Unreadable() {}

    /**
     * The refusal of a file.
     *
     * @param what names it, such as {@code --bulk}
     * @param file as it was given
     */
    public static MillraceException refusal(String what, String file, IOException e) {
        return new MillraceException(
                Code.INVALID_INPUT,
                "%s must name a readable file, got '%s': %s".formatted(what, file, why(e)),
                e);
    }

    private static String why(IOException e) {
        return switch (e) {
            case NoSuchFileException none -> "there is none";
            case AccessDeniedException denied -> "this user may not read it";
            case CharacterCodingException bytes -> "its bytes are not UTF-8";
            default -> e.getMessage() == null ? "it could not be read" : e.getMessage();
        };
    }
}
