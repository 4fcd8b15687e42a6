/**
 * Results that are kept elsewhere than in the data folder: {@link dev.zoetrope.server.result.S3Results} puts them into a
 * bucket and reads them from there. Knows nothing of jobs, HTTP or the database; the only package that sees the store's
 * library.
 */
@NullMarked
package dev.zoetrope.server.result;

import org.jspecify.annotations.NullMarked;
