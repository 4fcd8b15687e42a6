/** Tests of the package of the same name. */
@NullMarked
package dev.zoetrope.runtime.schedule;

import org.jspecify.annotations.NullMarked;
