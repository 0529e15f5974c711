package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.store.Guarantee;
import dev.millrace.store.StoreInfo;

import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/** What a store in a file is and what its receipts are worth. */
final class Facts {
    private static final Map<Durability, Guarantee> GUARANTEES =
            Map.of(
                    Durability.DISK,
                    new Guarantee(Durability.DISK, "nothing, as far as the disk keeps its word"),
                    Durability.OS,
                    new Guarantee(
                            Durability.OS,
                            "what was accepted since the last flush to disk, by a power cut or a"
                                    + " crash of the machine; nothing by the death of a process"),
                    Durability.MEMORY,
                    new Guarantee(
                            Durability.MEMORY,
                            "what is not written yet, by the death of this process; what was"
                                    + " accepted since the last flush to disk, by a power cut or a"
                                    + " crash of the machine"));

    private Facts() {}

    static StoreInfo of(Database database, Session session) throws SQLException {
        long synchronous = session.number(0, "PRAGMA synchronous");
        var facts = new TreeMap<String, String>();
        facts.put("sqlite", session.text("SELECT sqlite_version()"));
        facts.put("journal", session.text("PRAGMA journal_mode"));
        facts.put("synchronous", Long.toString(synchronous));
        facts.put(
                "bytes",
                Long.toString(
                        session.number(0, "PRAGMA page_count")
                                * session.number(0, "PRAGMA page_size")));
        return new StoreInfo(
                "sqlite",
                database.file().toString(),
                (int) session.number(0, "PRAGMA user_version"),
                synchronous >= 2 ? "disk" : "os",
                GUARANTEES,
                facts);
    }
}
