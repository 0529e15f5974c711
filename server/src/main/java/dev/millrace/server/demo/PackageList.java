package dev.millrace.server.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The packages of the list, sorted into those that become items and those that are set aside.
 *
 * @param rows how many rows were read
 * @param jobs the rows with a home page to look up, by line
 * @param setAside the other rows, each with its reason, by line
 */
record PackageList(long rows, List<Row.Good> jobs, List<DemoSummary.SetAside> setAside) {
    private static final String FILE = "packages.csv";

    PackageList {
        jobs = List.copyOf(jobs);
        setAside = List.copyOf(setAside);
    }

    /**
     * Reads the list that comes with the program. Holds what it read in memory.
     *
     * @param mostRows how many rows at most, from the first on
     * @param throughLine more than that, up to this line
     */
    static PackageList shipped(int mostRows, long throughLine) throws IOException {
        var in = PackageList.class.getResourceAsStream(FILE);
        if (in == null) {
            throw new IllegalStateException("expected " + FILE + " in the program, got nothing");
        }
        return read(in, mostRows, throughLine);
    }

    /** Reads a list and closes the stream. */
    static PackageList read(InputStream in, int mostRows, long throughLine) throws IOException {
        var jobs = new ArrayList<Row.Good>();
        var setAside = new ArrayList<DemoSummary.SetAside>();
        long rows = 0;
        try (var csv = new PackageCsv(in)) {
            for (var next = csv.next(); next.isPresent(); next = csv.next()) {
                var row = next.get();
                if (rows >= mostRows && row.line() > throughLine) {
                    break;
                }
                rows++;
                switch (row) {
                    case Row.Good good -> sort(good, jobs, setAside);
                    case Row.Bad bad -> setAside.add(setAside(bad));
                }
            }
        }
        return new PackageList(rows, jobs, setAside);
    }

    /** What each home page is, by the keys of items: what the web's directory knows. */
    Map<String, String> directory() {
        var pages = new HashMap<String, String>();
        jobs.forEach(row -> pages.put(GradeSteps.Listed.of(row).key(), row.homepage()));
        return pages;
    }

    private static void sort(
            Row.Good row, List<Row.Good> jobs, List<DemoSummary.SetAside> setAside) {
        switch (HomePage.of(row.homepage())) {
            case HomePage.Address address -> jobs.add(row);
            case HomePage.Missing missing ->
                    setAside.add(setAside(row, "no home page", "expected a home page, got none"));
            case HomePage.Unusable(String detail) ->
                    setAside.add(setAside(row, "no web address", detail));
        }
    }

    private static DemoSummary.SetAside setAside(Row.Bad bad) {
        return new DemoSummary.SetAside(
                bad.line(), "", bad.reason().label(), bad.detail(), bad.original().escaped(200));
    }

    static DemoSummary.SetAside setAside(Row.Good row, String reason, String detail) {
        var text = row.name() + "," + row.section() + "," + row.homepage();
        var original = Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8)).escaped(200);
        return new DemoSummary.SetAside(row.line(), row.name(), reason, detail, original);
    }
}
