/**
 * What a machine needs to render, tried out one thing after another. {@link dev.zoetrope.cli.doctor.Examination} is the
 * list; a {@link dev.zoetrope.cli.doctor.Finding} is one line of it.
 */
@NullMarked
package dev.zoetrope.cli.doctor;

import org.jspecify.annotations.NullMarked;
