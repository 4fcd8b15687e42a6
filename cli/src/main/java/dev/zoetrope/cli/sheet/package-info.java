/**
 * Contact sheets: a few frames of some clips in one picture. {@link dev.zoetrope.cli.sheet.ContactSheet} draws one from
 * {@link dev.zoetrope.cli.sheet.Strip}s, which are filled while the frames of a clip go by. May not depend on the commands.
 */
@NullMarked
package dev.zoetrope.cli.sheet;

import org.jspecify.annotations.NullMarked;
