/** What happens when things go wrong: one line that helps, an exit status, and nothing left half done. */
@NullMarked
package dev.zoetrope.failure;

import org.jspecify.annotations.NullMarked;
