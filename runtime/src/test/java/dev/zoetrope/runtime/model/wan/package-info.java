/** Tests of the package of the same name. */
@NullMarked
package dev.zoetrope.runtime.model.wan;

import org.jspecify.annotations.NullMarked;
