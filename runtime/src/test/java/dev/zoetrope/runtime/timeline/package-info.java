/** Tests of the package of the same name. */
@NullMarked
package dev.zoetrope.runtime.timeline;

import org.jspecify.annotations.NullMarked;
