/**
 * The CUDA driver API, as far as memory that Java and a GPU share needs it: {@link dev.zoetrope.ffm.cuda.Cuda} opens the
 * driver, {@link dev.zoetrope.ffm.cuda.CudaContext} is the door to one GPU.
 *
 * <p>Only the driver's own library is used, which is there wherever a GPU works and has one name for all versions of
 * CUDA. It is loaded on first use; without a driver {@link dev.zoetrope.ffm.cuda.Cuda#status()} says what is missing.
 */
@NullMarked
package dev.zoetrope.ffm.cuda;

import org.jspecify.annotations.NullMarked;
