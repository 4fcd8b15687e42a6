package dev.zoetrope.server.job;

/** Wants to know how jobs went. Called on the job's thread, once a run; what it throws is logged and changes nothing. */
public interface JobObserver {
    void ended(JobReport report);
}
