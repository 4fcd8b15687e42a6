/** Serves the runtime over HTTP; the routes come with the server's own work. */
@NullMarked
package dev.zoetrope.server;

import org.jspecify.annotations.NullMarked;
