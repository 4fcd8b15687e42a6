/**
 * What the model families share: reading a configuration strictly ({@link dev.zoetrope.graph.model.ConfigFile}). A family has a
 * package of its own below; components do not know it.
 */
@NullMarked
package dev.zoetrope.graph.model;

import org.jspecify.annotations.NullMarked;
