package dev.millrace.job;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The shape of something stored as JSON that later versions of a program must still read, such as a
 * cursor. Immutable.
 *
 * @param <T> its class at present
 * @param type the class
 * @param version of the shape, 1 to 32767
 * @param upcasts older shapes that can be read too
 */
public record Shape<T>(Class<T> type, int version, List<Task.Upcast<?, ?>> upcasts) {

    /** Checks the version and copies the list. */
    public Shape {
        if (version < 1 || version > Short.MAX_VALUE) {
            throw MillraceException.invalid(
                    "version must be 1 to 32767, got %d (%s)".formatted(version, type.getName()));
        }
        upcasts = List.copyOf(upcasts);
    }

    /** Version 1 of a class. */
    public static <T> Shape<T> of(Class<T> type) {
        return new Shape<>(type, 1, List.of());
    }

    /** The same class as another version. */
    public Shape<T> version(int newVersion) {
        return new Shape<>(type, newVersion, upcasts);
    }

    /** The same shape, reading also what was written as an older one. */
    public <O> Shape<T> upcast(
            int fromVersion, Class<O> older, Function<? super O, ? extends T> upcast) {
        var more = new ArrayList<>(upcasts);
        more.add(new Task.Upcast<T, O>(fromVersion, older, upcast));
        return new Shape<>(type, version, more);
    }

    /** Whether it reads what was written as this version. */
    public boolean reads(int storedVersion) {
        return storedVersion == version
                || upcasts.stream().anyMatch(older -> older.version() == storedVersion);
    }

    /**
     * Reads stored text of any version that it knows.
     *
     * @param what what the text is, used in the refusal
     * @throws MillraceException with {@code invalid-input} when the text does not fit
     */
    @SuppressWarnings("unchecked")
    public T read(Json json, String what, int storedVersion, String text) {
        if (storedVersion == version) {
            return json.read(what, text, type);
        }
        for (Task.Upcast<?, ?> older : upcasts) {
            if (older.version() == storedVersion) {
                return ((Task.Upcast<T, ?>) older).read(json, what, text);
            }
        }
        throw MillraceException.invalid(
                "%s must have version %d or one with an upcast, got %d"
                        .formatted(what, version, storedVersion));
    }
}
