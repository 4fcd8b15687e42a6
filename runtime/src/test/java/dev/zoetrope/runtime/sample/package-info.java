/** Tests of the package of the same name. */
@NullMarked
package dev.zoetrope.runtime.sample;

import org.jspecify.annotations.NullMarked;
