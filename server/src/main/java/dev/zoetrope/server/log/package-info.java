/** {@link dev.zoetrope.server.log.LogContext}: what log lines carry beside their text, such as the id of the request. */
@NullMarked
package dev.zoetrope.server.log;

import org.jspecify.annotations.NullMarked;
