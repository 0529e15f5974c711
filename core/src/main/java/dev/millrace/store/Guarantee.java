package dev.millrace.store;

import dev.millrace.job.Durability;

/**
 * What a store makes of a level of durability.
 *
 * @param reached the level that the receipt truly has, as the server's own settings were found
 * @param lossWindow what may be lost, and by what, for people
 */
public record Guarantee(Durability reached, String lossWindow) {}
