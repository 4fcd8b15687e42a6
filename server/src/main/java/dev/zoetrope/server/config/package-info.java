/** How a server is set up: {@link dev.zoetrope.server.config.ServerSettings}, and the keys it asks for. */
@NullMarked
package dev.zoetrope.server.config;

import org.jspecify.annotations.NullMarked;
