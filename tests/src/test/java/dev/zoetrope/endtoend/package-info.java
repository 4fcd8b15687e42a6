/** Runs whole commands as a user does and looks at what comes out. */
@NullMarked
package dev.zoetrope.endtoend;

import org.jspecify.annotations.NullMarked;
