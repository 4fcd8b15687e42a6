package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OnnxRuntime;
import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The C functions that tell what a session's model takes, returns and says about itself. */
final class ModelCalls {
    private final OrtLibrary library;
    private final MemorySegment api;
    private final String model;
    private final MemorySegment session;
    private final MemorySegment allocator;

    ModelCalls(OrtLibrary library, String model, MemorySegment session) {
        this.library = library;
        this.api = library.api();
        this.model = model;
        this.session = session;
        this.allocator = library.allocator();
    }

    List<ValueInfo> inputs() {
        long count = library.number(
                "SessionGetInputCount",
                model,
                out -> OrtApi.SessionGetInputCount.invoke(OrtApi.SessionGetInputCount(api), session, out));
        List<ValueInfo> values = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long index = i;
            String name = library.text(
                    "SessionGetInputName",
                    model,
                    out -> OrtApi.SessionGetInputName.invoke(
                            OrtApi.SessionGetInputName(api), session, index, allocator, out));
            MemorySegment type = library.create(
                    "SessionGetInputTypeInfo",
                    model,
                    out -> OrtApi.SessionGetInputTypeInfo.invoke(
                            OrtApi.SessionGetInputTypeInfo(api), session, index, out));
            values.add(describe(name, type));
        }
        return List.copyOf(values);
    }

    List<ValueInfo> outputs() {
        long count = library.number(
                "SessionGetOutputCount",
                model,
                out -> OrtApi.SessionGetOutputCount.invoke(OrtApi.SessionGetOutputCount(api), session, out));
        List<ValueInfo> values = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long index = i;
            String name = library.text(
                    "SessionGetOutputName",
                    model,
                    out -> OrtApi.SessionGetOutputName.invoke(
                            OrtApi.SessionGetOutputName(api), session, index, allocator, out));
            MemorySegment type = library.create(
                    "SessionGetOutputTypeInfo",
                    model,
                    out -> OrtApi.SessionGetOutputTypeInfo.invoke(
                            OrtApi.SessionGetOutputTypeInfo(api), session, index, out));
            values.add(describe(name, type));
        }
        return List.copyOf(values);
    }

    private ValueInfo describe(String name, MemorySegment type) {
        try {
            MemorySegment tensor = library.create(
                    "CastTypeInfoToTensorInfo",
                    model,
                    out -> OrtApi.CastTypeInfoToTensorInfo.invoke(OrtApi.CastTypeInfoToTensorInfo(api), type, out));
            if (tensor.address() == 0) {
                throw new IllegalArgumentException("value `" + name + "` of model " + model
                        + ": expected a tensor, found a sequence, map or optional; such models cannot be bound");
            }
            int element = library.enumeration(
                    "GetTensorElementType",
                    model,
                    out -> OrtApi.GetTensorElementType.invoke(OrtApi.GetTensorElementType(api), tensor, out));
            int rank = Math.toIntExact(library.number(
                    "GetDimensionsCount",
                    model,
                    out -> OrtApi.GetDimensionsCount.invoke(OrtApi.GetDimensionsCount(api), tensor, out)));
            return new ValueInfo(
                    name, ElementType.ofOnnxCode(element), dimensions(tensor, rank), symbols(tensor, rank));
        } finally {
            OrtApi.ReleaseTypeInfo.invoke(OrtApi.ReleaseTypeInfo(api), type);
        }
    }

    private long[] dimensions(MemorySegment tensor, int rank) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.JAVA_LONG, Math.max(1, rank));
            library.check(
                    "GetDimensions", model, OrtApi.GetDimensions.invoke(OrtApi.GetDimensions(api), tensor, out, rank));
            return out.asSlice(0, (long) rank * Long.BYTES).toArray(ValueLayout.JAVA_LONG);
        }
    }

    private List<String> symbols(MemorySegment tensor, int rank) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.ADDRESS, Math.max(1, rank));
            library.check(
                    "GetSymbolicDimensions",
                    model,
                    OrtApi.GetSymbolicDimensions.invoke(OrtApi.GetSymbolicDimensions(api), tensor, out, rank));
            List<String> symbols = new ArrayList<>();
            for (int i = 0; i < rank; i++) {
                symbols.add(NativeText.read(out.getAtIndex(ValueLayout.ADDRESS, i)));
            }
            return symbols;
        }
    }

    ModelMetadata metadata() {
        MemorySegment metadata = library.create(
                "SessionGetModelMetadata",
                model,
                out -> OrtApi.SessionGetModelMetadata.invoke(OrtApi.SessionGetModelMetadata(api), session, out));
        try {
            return new ModelMetadata(
                    library.text(
                            "ModelMetadataGetProducerName",
                            model,
                            out -> OrtApi.ModelMetadataGetProducerName.invoke(
                                    OrtApi.ModelMetadataGetProducerName(api), metadata, allocator, out)),
                    library.text(
                            "ModelMetadataGetGraphName",
                            model,
                            out -> OrtApi.ModelMetadataGetGraphName.invoke(
                                    OrtApi.ModelMetadataGetGraphName(api), metadata, allocator, out)),
                    library.text(
                            "ModelMetadataGetDomain",
                            model,
                            out -> OrtApi.ModelMetadataGetDomain.invoke(
                                    OrtApi.ModelMetadataGetDomain(api), metadata, allocator, out)),
                    library.text(
                            "ModelMetadataGetDescription",
                            model,
                            out -> OrtApi.ModelMetadataGetDescription.invoke(
                                    OrtApi.ModelMetadataGetDescription(api), metadata, allocator, out)),
                    library.number(
                            "ModelMetadataGetVersion",
                            model,
                            out -> OrtApi.ModelMetadataGetVersion.invoke(
                                    OrtApi.ModelMetadataGetVersion(api), metadata, out)),
                    properties(metadata));
        } finally {
            OrtApi.ReleaseModelMetadata.invoke(OrtApi.ReleaseModelMetadata(api), metadata);
        }
    }

    @SuppressWarnings("restricted") // the number of keys comes beside the array
    private Map<String, String> properties(MemorySegment metadata) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment countOut = scratch.allocate(ValueLayout.JAVA_LONG);
            MemorySegment keys = library.create(
                    "ModelMetadataGetCustomMetadataMapKeys",
                    model,
                    out -> OrtApi.ModelMetadataGetCustomMetadataMapKeys.invoke(
                            OrtApi.ModelMetadataGetCustomMetadataMapKeys(api), metadata, allocator, out, countOut));
            long count = countOut.get(ValueLayout.JAVA_LONG, 0);
            MemorySegment pointers = keys.reinterpret(count * ValueLayout.ADDRESS.byteSize());
            Map<String, String> properties = new LinkedHashMap<>();
            for (long i = 0; i < count; i++) {
                MemorySegment key = pointers.getAtIndex(OnnxRuntime.C_POINTER, i);
                String value = library.text(
                        "ModelMetadataLookupCustomMetadataMap",
                        model,
                        out -> OrtApi.ModelMetadataLookupCustomMetadataMap.invoke(
                                OrtApi.ModelMetadataLookupCustomMetadataMap(api), metadata, allocator, key, out));
                properties.put(NativeText.read(key), value);
                library.free(key);
            }
            library.free(keys);
            return properties;
        }
    }
}
