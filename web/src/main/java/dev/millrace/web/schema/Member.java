package dev.millrace.web.schema;

/**
 * A member of an object.
 *
 * @param name as it is written
 * @param schema of its value
 * @param description for people, a sentence
 * @param required whether it is always there
 */
public record Member(String name, Schema schema, String description, boolean required) {
    /** A member that is always there. */
    public static Member must(String name, Schema schema, String description) {
        return new Member(name, schema, description, true);
    }

    /** A member that may be left out. */
    public static Member may(String name, Schema schema, String description) {
        return new Member(name, schema, description, false);
    }
}
