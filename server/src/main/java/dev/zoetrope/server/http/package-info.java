/**
 * The videos API: {@link dev.zoetrope.server.http.Routes} says which address does what, and
 * {@link dev.zoetrope.server.http.ErrorAnswers} turns every failure into its answer, in one place. Handlers run on the
 * event loop and hand over what takes time.
 */
@NullMarked
package dev.zoetrope.server.http;

import org.jspecify.annotations.NullMarked;
