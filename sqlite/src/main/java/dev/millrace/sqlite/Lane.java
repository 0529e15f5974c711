package dev.millrace.sqlite;

/** What claims choose by: a small number for a queue, a kind and a version. */
record Lane(int id, String queue, String kind, int version) {}
