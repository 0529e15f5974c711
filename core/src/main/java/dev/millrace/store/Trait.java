package dev.millrace.store;

import dev.millrace.job.JobTerms;
import dev.millrace.job.JsonPath;

import org.jspecify.annotations.Nullable;

/**
 * Something a job carries by which no index finds it: it is looked for among a bounded number of
 * jobs per page, those that the rest of a {@link JobFilter} lets through.
 */
public sealed interface Trait {
    /** Whether a job carries it. */
    boolean fits(String payload, JobTerms terms);

    /**
     * It was accepted with this unique key.
     *
     * @param key exactly
     */
    record Unique(String key) implements Trait {
        @Override
        public boolean fits(String payload, JobTerms terms) {
            return key.equals(terms.unique());
        }
    }

    /**
     * It carries this named key.
     *
     * @param name such as {@code tenant}
     * @param value exactly
     */
    record Key(String name, String value) implements Trait {
        @Override
        public boolean fits(String payload, JobTerms terms) {
            @Nullable String its = terms.keys().get(name);
            return value.equals(its);
        }
    }

    /**
     * Its payload has this value at this place.
     *
     * @param path where
     * @param value as {@link JsonPath#holds} compares it
     */
    record Payload(JsonPath path, String value) implements Trait {
        @Override
        public boolean fits(String payload, JobTerms terms) {
            return path.holds(payload, value);
        }
    }
}
