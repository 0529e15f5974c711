/**
 * Backup, export and restore as three jobs that go on where they stood when their worker is killed:
 * records are fetched by the page from a flaky HTTP source into files, packed into one compressed
 * file, and read back into a database table. Start with {@link
 * dev.millrace.examples.backup.BackupJobs}; {@link dev.millrace.examples.backup.Main} shows it.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.backup;
