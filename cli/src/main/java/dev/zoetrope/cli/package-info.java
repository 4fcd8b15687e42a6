/**
 * The {@code zoetrope} command. {@link dev.zoetrope.cli.ZoetropeCommand} holds {@code main} and the list of commands;
 * each command is a class that turns options into calls of the runtime and prints what came of them. Whatever matters
 * to a picture is in the runtime. Nothing here loads a native library before a command needs it.
 */
@NullMarked
package dev.zoetrope.cli;

import org.jspecify.annotations.NullMarked;
