package dev.zoetrope.ffm.cuda;

/**
 * Memory of one GPU at one moment.
 *
 * @param freeBytes what may still be allocated
 * @param totalBytes all of it
 */
public record CudaMemoryInfo(long freeBytes, long totalBytes) {}
