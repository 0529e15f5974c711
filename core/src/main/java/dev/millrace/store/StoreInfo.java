package dev.millrace.store;

import java.util.Map;

/**
 * What a store says of itself.
 *
 * @param engine {@code sqlite} or {@code postgres}
 * @param address where it is, without secrets
 * @param schemaVersion the migrations it has
 * @param durability what a receipt is worth: {@code disk}, {@code os} or {@code memory}, as the
 *     server's own settings were found
 * @param facts more for people, such as the server's version; in no order
 */
public record StoreInfo(
        String engine,
        String address,
        int schemaVersion,
        String durability,
        Map<String, String> facts) {
    /** Copies the facts. */
    public StoreInfo {
        facts = Map.copyOf(facts);
    }
}
