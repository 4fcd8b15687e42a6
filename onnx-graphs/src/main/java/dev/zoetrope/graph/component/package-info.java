/**
 * Layers: a record of weights, made from a place in a checkpoint ({@link dev.zoetrope.graph.weight.WeightScope}), with one
 * method that adds the layer's nodes. A component knows no model and no attention form; fields are named as in the checkpoint.
 */
@NullMarked
package dev.zoetrope.graph.component;

import org.jspecify.annotations.NullMarked;
