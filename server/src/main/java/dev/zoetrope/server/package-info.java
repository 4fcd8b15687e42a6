/**
 * Serves the runtime over HTTP: {@link dev.zoetrope.server.ZoetropeServer} opens an engine, a store of jobs and a port.
 * {@code config} says how, {@code job} keeps and runs what was asked for, {@code stream} tells clients while it runs,
 * {@code http} speaks the protocol. Only {@code job} sees the database, and it knows nothing of HTTP.
 */
@NullMarked
package dev.zoetrope.server;

import org.jspecify.annotations.NullMarked;
