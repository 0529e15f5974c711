/**
 * The contracts every store keeps, a fake clock, a simulation, and what users need to test their
 * jobs.
 */
module dev.millrace.testkit {
    requires transitive dev.millrace.core;
    requires transitive org.assertj.core;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;

    exports dev.millrace.testkit;
    exports dev.millrace.testkit.contract;
    exports dev.millrace.testkit.model;
    exports dev.millrace.testkit.simulation;

    opens dev.millrace.testkit.contract to
            org.junit.platform.commons;
}
