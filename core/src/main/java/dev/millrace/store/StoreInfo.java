package dev.millrace.store;

import dev.millrace.job.Durability;

import java.util.Map;

/**
 * What a store says of itself.
 *
 * @param engine {@code sqlite} or {@code postgres}
 * @param address where it is, without secrets
 * @param schemaVersion the migrations it has
 * @param durability what a receipt is worth: {@code disk}, {@code os} or {@code memory}, as the
 *     server's own settings were found
 * @param guarantees what each level of durability that a caller may ask for is worth here
 * @param facts more for people, such as the server's version; in no order
 */
public record StoreInfo(
        String engine,
        String address,
        int schemaVersion,
        String durability,
        Map<Durability, Guarantee> guarantees,
        Map<String, String> facts) {
    /** Copies the maps. */
    public StoreInfo {
        guarantees = Map.copyOf(guarantees);
        facts = Map.copyOf(facts);
    }
}
