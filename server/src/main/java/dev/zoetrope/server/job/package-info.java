/**
 * What was asked for, kept and carried out: {@link dev.zoetrope.server.job.VideoStore} holds a row for each video,
 * {@link dev.zoetrope.server.job.JobQueue} decides when one is rendered, {@link dev.zoetrope.server.job.JobRunner} does
 * it, {@link dev.zoetrope.server.job.JobFeed} tells who watches. May not depend on HTTP.
 */
@NullMarked
package dev.zoetrope.server.job;

import org.jspecify.annotations.NullMarked;
