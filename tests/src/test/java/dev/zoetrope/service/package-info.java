/** The server as its clients see it: over loopback, with the real engine, as a process where its end matters. */
@NullMarked
package dev.zoetrope.service;

import org.jspecify.annotations.NullMarked;
