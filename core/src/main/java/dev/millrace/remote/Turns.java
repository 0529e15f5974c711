package dev.millrace.remote;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Sends a batch in turns, none of which has two items of one job; normally there is one turn. */
final class Turns {
    private Turns() {}

    /**
     * Sends everything.
     *
     * @param job whose an item is
     * @param send answers one for each item, in order
     * @return one answer for each item, in order
     */
    static <T, R> List<R> send(
            List<T> items, ToLongFunction<T> job, Function<List<T>, List<R>> send) {
        var answers = new ArrayList<R>();
        items.forEach(item -> answers.add(null));
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            rest.add(i);
        }
        while (!rest.isEmpty()) {
            var met = new HashSet<Long>();
            var turn = new ArrayList<Integer>();
            var later = new ArrayList<Integer>();
            for (int i : rest) {
                (met.add(job.applyAsLong(items.get(i))) ? turn : later).add(i);
            }
            List<R> got = send.apply(turn.stream().map(items::get).toList());
            for (int i = 0; i < turn.size(); i++) {
                answers.set(turn.get(i), Objects.requireNonNull(got.get(i)));
            }
            rest = later;
        }
        return answers;
    }
}
