package dev.millrace.testkit.contract;

/** A part of the contract. */
public interface Contract {
    /** The store under test with what tests need around it, fresh for each test. */
    Bench bench();
}
