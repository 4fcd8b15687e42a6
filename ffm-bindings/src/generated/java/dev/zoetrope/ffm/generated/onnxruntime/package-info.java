/**
 * What jextract makes of {@code onnxruntime_c_api.h} of ONNX Runtime 1.29.0 (C API version 29), reduced to the functions
 * that are used; written by {@code jextract/generate.sh}, not by hand. The header is Copyright (c) Microsoft Corporation,
 * under the MIT licence, and so is what is derived from it here.
 *
 * <p>Only {@code dev.zoetrope.ffm.ort} may use this package.
 */
package dev.zoetrope.ffm.generated.onnxruntime;
