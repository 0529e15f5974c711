package dev.millrace.postgres;

import dev.millrace.job.KindVersion;
import dev.millrace.store.QueueKind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The small integers that stand for (queue, kind, version). Rows are never deleted or changed, so
 * what was read once stays true. Thread-safe.
 */
final class Lanes {
    private final Sql sql;
    private final Map<Lane, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, Lane> lanes = new ConcurrentHashMap<>();
    private final Map<String, Set<Lane>> queues = new ConcurrentHashMap<>();

    private final String select;
    private final String insert;

    Lanes(Sql sql) {
        this.sql = sql;
        this.select = sql.text("select id, queue, kind, version, gate from {schema}.lane");
        this.insert =
                sql.text(
                        """
                        insert into {schema}.lane (queue, kind, version, gate)
                        select * from unnest(?::text[], ?::text[], ?::int[], ?::smallint[])
                            as i(queue, kind, version, gate)
                        order by queue, kind, version, gate
                        on conflict do nothing
                        """);
    }

    /** Where jobs without keys wait. */
    static final int OPEN = 0;

    /** Where jobs with keys enter; no claim looks there. */
    static final int GATE = 1;

    /** Where jobs with keys wait that limits have let through. */
    static final int ADMITTED = 2;

    /**
     * Jobs of one kind and version in one queue.
     *
     * @param gate {@link #OPEN}, {@link #GATE} or {@link #ADMITTED}
     */
    record Lane(String queue, String kind, int version, int gate) {
        Lane admitted() {
            return new Lane(queue, kind, version, ADMITTED);
        }
    }

    /** The id of a lane that {@link #ensure} has seen or {@link #reload} has read. */
    int id(Lane lane) {
        Integer id = ids.get(lane);
        if (id == null) {
            throw new IllegalStateException("lane was not ensured: " + lane);
        }
        return id;
    }

    /** The lane of an id read from a row. One round trip when it is news. */
    Lane lane(int id) {
        Lane lane = lanes.get(id);
        if (lane == null) {
            reload();
            lane = lanes.get(id);
        }
        if (lane == null) {
            throw new IllegalStateException("no lane has the id " + id);
        }
        return lane;
    }

    /** Creates missing lanes in a transaction of their own; no round trip when none is missing. */
    void ensure(Collection<Lane> wanted) {
        if (ids.keySet().containsAll(wanted)) {
            return;
        }
        reload();
        List<Lane> missing = wanted.stream().distinct().filter(l -> !ids.containsKey(l)).toList();
        if (missing.isEmpty()) {
            return;
        }
        sql.run(
                "create lanes",
                connection -> {
                    try (var statement = connection.prepareStatement(insert)) {
                        statement.setObject(
                                1, missing.stream().map(Lane::queue).toArray(String[]::new));
                        statement.setObject(
                                2, missing.stream().map(Lane::kind).toArray(String[]::new));
                        statement.setObject(3, missing.stream().mapToInt(Lane::version).toArray());
                        statement.setObject(4, gates(missing));
                        return statement.executeUpdate();
                    }
                });
        reload();
    }

    private static short[] gates(List<Lane> of) {
        var gates = new short[of.size()];
        for (int i = 0; i < gates.length; i++) {
            gates[i] = (short) of.get(i).gate();
        }
        return gates;
    }

    /** The known lanes behind one kind of gate, with their ids. */
    Map<Integer, Lane> behind(int gate) {
        var found = new TreeMap<Integer, Lane>();
        lanes.forEach((id, lane) -> {
            if (lane.gate() == gate) {
                found.put(id, lane);
            }
        });
        return found;
    }

    /** Those of some known lanes where the admitted wait. */
    int[] admitted(int[] of) {
        return Arrays.stream(of).filter(id -> lane(id).gate() == ADMITTED).toArray();
    }

    /**
     * The known lanes of a queue among some kinds in which claims look; lanes made elsewhere since
     * are missing.
     *
     * @param gated whether jobs without keys are claimed only once they are admitted
     */
    int[] of(String queue, Set<KindVersion> kinds, boolean gated) {
        Set<Lane> known = queues.get(queue);
        if (known == null) {
            return new int[0];
        }
        var found = new ArrayList<Integer>();
        for (Lane lane : known) {
            if (lane.gate() != GATE
                    && !(gated && lane.gate() == OPEN)
                    && kinds.contains(new KindVersion(lane.kind(), lane.version()))) {
                found.add(id(lane));
            }
        }
        return found.stream().mapToInt(Integer::intValue).sorted().toArray();
    }

    /** The known lanes of a queue and kind, any version; {@code null} means any. */
    List<Integer> matching(@Nullable String queue, @Nullable String kind) {
        return lanes.entrySet().stream()
                .filter(e -> queue == null || e.getValue().queue().equals(queue))
                .filter(e -> kind == null || e.getValue().kind().equals(kind))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Every lane, those made elsewhere too, in order. */
    List<QueueKind> kinds() {
        reload();
        return lanes.values().stream()
                .map(lane -> new QueueKind(lane.queue(), lane.kind(), lane.version()))
                .distinct()
                .sorted(
                        Comparator.comparing(QueueKind::queue)
                                .thenComparing(QueueKind::kind)
                                .thenComparingInt(QueueKind::version))
                .toList();
    }

    /** Reads every lane. One round trip; lanes are few. */
    void reload() {
        sql.run(
                "read lanes",
                connection -> {
                    try (var statement = Sql.prepare(connection, select);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            learn(
                                    rows.getInt(1),
                                    new Lane(
                                            rows.getString(2),
                                            rows.getString(3),
                                            rows.getInt(4),
                                            rows.getInt(5)));
                        }
                        return true;
                    }
                });
    }

    private void learn(int id, Lane lane) {
        if (lanes.put(id, lane) == null) {
            ids.put(lane, id);
            queues.computeIfAbsent(lane.queue(), q -> ConcurrentHashMap.newKeySet()).add(lane);
        }
    }
}
