/** Laws that hold for every render: packed equals solo, resumed equals uninterrupted, nothing is copied. */
@NullMarked
package dev.zoetrope.law;

import org.jspecify.annotations.NullMarked;
