/** Tests of saved models. */
@NullMarked
package dev.zoetrope.graph.export;

import org.jspecify.annotations.NullMarked;
