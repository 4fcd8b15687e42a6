/** Holds the direction of the arrows between modules and packages: what may use what. */
@NullMarked
package dev.zoetrope.architecture;

import org.jspecify.annotations.NullMarked;
