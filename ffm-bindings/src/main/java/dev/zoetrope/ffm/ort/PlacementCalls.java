package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/** The C functions that tell which provider runs which node. What they return belongs to the session. */
final class PlacementCalls {
    private final OrtLibrary library;
    private final MemorySegment api;
    private final String model;

    PlacementCalls(OrtLibrary library, String model) {
        this.library = library;
        this.api = library.api();
        this.model = model;
    }

    List<NodePlacement> of(MemorySegment session) {
        List<NodePlacement> placements = new ArrayList<>();
        List<MemorySegment> groups = pointers(
                "Session_GetEpGraphAssignmentInfo",
                (out, count) -> OrtApi.Session_GetEpGraphAssignmentInfo.invoke(
                        OrtApi.Session_GetEpGraphAssignmentInfo(api), session, out, count));
        for (MemorySegment group : groups) {
            String provider = NativeText.read(library.create(
                    "EpAssignedSubgraph_GetEpName",
                    model,
                    out -> OrtApi.EpAssignedSubgraph_GetEpName.invoke(
                            OrtApi.EpAssignedSubgraph_GetEpName(api), group, out)));
            List<MemorySegment> nodes = pointers(
                    "EpAssignedSubgraph_GetNodes",
                    (out, count) -> OrtApi.EpAssignedSubgraph_GetNodes.invoke(
                            OrtApi.EpAssignedSubgraph_GetNodes(api), group, out, count));
            for (MemorySegment node : nodes) {
                placements.add(new NodePlacement(name(node), domain(node), operator(node), provider));
            }
        }
        return List.copyOf(placements);
    }

    private String name(MemorySegment node) {
        return NativeText.read(library.create(
                "EpAssignedNode_GetName",
                model,
                out -> OrtApi.EpAssignedNode_GetName.invoke(OrtApi.EpAssignedNode_GetName(api), node, out)));
    }

    private String domain(MemorySegment node) {
        return NativeText.read(library.create(
                "EpAssignedNode_GetDomain",
                model,
                out -> OrtApi.EpAssignedNode_GetDomain.invoke(OrtApi.EpAssignedNode_GetDomain(api), node, out)));
    }

    private String operator(MemorySegment node) {
        return NativeText.read(library.create(
                "EpAssignedNode_GetOperatorType",
                model,
                out -> OrtApi.EpAssignedNode_GetOperatorType.invoke(
                        OrtApi.EpAssignedNode_GetOperatorType(api), node, out)));
    }

    /** Calls a function whose last parameters are where it puts an array of pointers and its length. */
    @SuppressWarnings("restricted") // the array's length comes with it
    private List<MemorySegment> pointers(String call, BinaryOperator<MemorySegment> function) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ValueLayout.ADDRESS);
            MemorySegment count = scratch.allocate(ValueLayout.JAVA_LONG);
            library.check(call, model, function.apply(out, count));
            long length = count.get(ValueLayout.JAVA_LONG, 0);
            MemorySegment array = out.get(ValueLayout.ADDRESS, 0).reinterpret(length * ValueLayout.ADDRESS.byteSize());
            List<MemorySegment> pointers = new ArrayList<>();
            for (long i = 0; i < length; i++) {
                pointers.add(array.getAtIndex(ValueLayout.ADDRESS, i));
            }
            return pointers;
        }
    }
}
