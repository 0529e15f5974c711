package dev.millrace.examples.backup;

import dev.millrace.examples.source.Asked;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a source's own ledger says of a backup.
 *
 * @param pages that were served whole
 * @param repeated times that a page was served whole once more
 * @param outcomes of all requests
 */
record Ledger(int pages, int repeated, Map<Asked.Outcome, Integer> outcomes) {
    /**
     * Reads it from its beginning.
     *
     * @throws IOException when a page was served that was neither the next nor the one in hand
     */
    static Ledger of(List<Asked> ledger, int pageSize) throws IOException {
        var outcomes = new EnumMap<Asked.Outcome, Integer>(Asked.Outcome.class);
        int pages = 0;
        int repeated = 0;
        for (var asked : ledger) {
            outcomes.merge(asked.outcome(), 1, Integer::sum);
            if (asked.outcome() == Asked.Outcome.WHOLE) {
                long page = asked.after() / pageSize + 1;
                if (page == pages + 1) {
                    pages++;
                } else if (page == pages) {
                    repeated++;
                } else {
                    throw new IOException(
                            "expected page %d or, in hand, page %d to be fetched next, got page %d"
                                    .formatted(pages + 1, pages, page));
                }
            }
        }
        return new Ledger(pages, repeated, outcomes);
    }

    /** The faults that the source gave, for people. */
    String faults() {
        return outcomes.entrySet().stream()
                .filter(each -> each.getKey() != Asked.Outcome.WHOLE)
                .map(each ->
                        each.getValue()
                                + " "
                                + each.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .collect(Collectors.joining(", "));
    }
}
