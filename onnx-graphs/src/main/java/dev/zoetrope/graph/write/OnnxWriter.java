package dev.zoetrope.graph.write;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.zoetrope.graph.GraphException;
import dev.zoetrope.graph.ir.Attribute;
import dev.zoetrope.graph.ir.Bytes;
import dev.zoetrope.graph.ir.Dimension;
import dev.zoetrope.graph.ir.ElementType;
import dev.zoetrope.graph.ir.Graph;
import dev.zoetrope.graph.ir.Initializer;
import dev.zoetrope.graph.ir.Node;
import dev.zoetrope.graph.ir.Shape;
import dev.zoetrope.graph.ir.TensorInfo;
import dev.zoetrope.graph.write.generated.OnnxFormat.AttributeProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.GraphProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.ModelProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.NodeProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.OperatorSetIdProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.StringStringEntryProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.TensorProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.TensorShapeProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.TypeProto;
import dev.zoetrope.graph.write.generated.OnnxFormat.ValueInfoProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes graphs as ONNX models and reads back what it has written: {@code parse(write(graph))} equals {@code graph}. */
public final class OnnxWriter {
    /** Version of the operators: the first with RMSNormalization. */
    public static final long OPSET = 23;

    /** Version of the file format that goes with the opset. */
    public static final long IR_VERSION = 11;

    private static final String MICROSOFT = "com.microsoft";
    private static final String PRODUCER = "zoetrope";

    private OnnxWriter() {}

    /** The bytes of an ONNX {@code ModelProto}; the same graph always gives the same bytes. */
    public static byte[] write(Graph graph) {
        GraphProto.Builder body = GraphProto.newBuilder().setName(graph.name());
        graph.inputs().forEach(input -> body.addInput(valueInfo(input)));
        graph.outputs().forEach(output -> body.addOutput(valueInfo(output)));
        graph.initializers().forEach(initializer -> body.addInitializer(tensor(initializer)));
        graph.nodes().forEach(node -> body.addNode(node(node)));
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName(PRODUCER)
                .setGraph(body)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
                .build()
                .toByteArray();
    }

    /** Reads a model made by {@link #write}. */
    public static Graph parse(byte[] model) {
        GraphProto body;
        try {
            body = ModelProto.parseFrom(model).getGraph();
        } catch (InvalidProtocolBufferException e) {
            throw new GraphException("model: expected an ONNX model, found " + e.getMessage(), e);
        }
        return new Graph(
                body.getName(),
                body.getInputList().stream().map(OnnxWriter::valueInfo).toList(),
                body.getOutputList().stream().map(OnnxWriter::valueInfo).toList(),
                body.getInitializerList().stream().map(OnnxWriter::initializer).toList(),
                body.getNodeList().stream().map(OnnxWriter::node).toList());
    }

    private static ValueInfoProto valueInfo(TensorInfo info) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Dimension dimension : info.shape().dimensions()) {
            TensorShapeProto.Dimension.Builder size = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(
                    dimension.isFixed() ? size.setDimValue(dimension.size()) : size.setDimParam(dimension.toString()));
        }
        TypeProto.Tensor.Builder type =
                TypeProto.Tensor.newBuilder().setElemType(info.type().code()).setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(info.name())
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }

    private static TensorInfo valueInfo(ValueInfoProto info) {
        TypeProto.Tensor type = info.getType().getTensorType();
        List<Dimension> dimensions = type.getShape().getDimList().stream()
                .map(size ->
                        size.hasDimParam() ? Dimension.parse(size.getDimParam()) : Dimension.of(size.getDimValue()))
                .toList();
        return new TensorInfo(info.getName(), ElementType.ofCode(type.getElemType()), new Shape(dimensions));
    }

    private static TensorProto tensor(Initializer initializer) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(initializer.name())
                .setDataType(initializer.type().code())
                .addAllDims(initializer.sizes());
        return switch (initializer) {
            case Initializer.Inline inline ->
                tensor.setRawData(ByteString.copyFrom(inline.bytes().toArray())).build();
            case Initializer.External external ->
                tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(entry("location", external.location()))
                        .addExternalData(entry("offset", Long.toString(external.offset())))
                        .addExternalData(entry("length", Long.toString(external.byteSize())))
                        .build();
        };
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static Initializer initializer(TensorProto tensor) {
        ElementType type = ElementType.ofCode(tensor.getDataType());
        if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
            return new Initializer.Inline(
                    tensor.getName(),
                    type,
                    tensor.getDimsList(),
                    Bytes.of(tensor.getRawData().toByteArray()));
        }
        Map<String, String> entries = new HashMap<>();
        tensor.getExternalDataList().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        return new Initializer.External(
                tensor.getName(),
                type,
                tensor.getDimsList(),
                entries.getOrDefault("location", ""),
                Long.parseLong(entries.getOrDefault("offset", "0")),
                Long.parseLong(entries.getOrDefault("length", "0")));
    }

    private static NodeProto node(Node node) {
        NodeProto.Builder proto = NodeProto.newBuilder()
                .setName(node.name())
                .setOpType(node.operator())
                .addAllInput(node.inputs())
                .addAllOutput(node.outputs());
        if (!node.domain().isEmpty()) {
            proto.setDomain(node.domain());
        }
        new TreeMap<>(node.attributes()).forEach((name, value) -> proto.addAttribute(attribute(name, value)));
        return proto.build();
    }

    private static AttributeProto attribute(String name, Attribute attribute) {
        AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
        return switch (attribute) {
            case Attribute.Whole whole ->
                proto.setType(AttributeProto.AttributeType.INT)
                        .setI(whole.value())
                        .build();
            case Attribute.Real real ->
                proto.setType(AttributeProto.AttributeType.FLOAT)
                        .setF(real.value())
                        .build();
            case Attribute.Text text ->
                proto.setType(AttributeProto.AttributeType.STRING)
                        .setS(ByteString.copyFromUtf8(text.value()))
                        .build();
            case Attribute.Wholes wholes ->
                proto.setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(wholes.values())
                        .build();
        };
    }

    private static Node node(NodeProto proto) {
        Map<String, Attribute> attributes = new HashMap<>();
        proto.getAttributeList().forEach(attribute -> attributes.put(attribute.getName(), attribute(attribute)));
        return new Node(
                proto.getName(),
                proto.getDomain(),
                proto.getOpType(),
                proto.getInputList(),
                proto.getOutputList(),
                attributes);
    }

    private static Attribute attribute(AttributeProto proto) {
        return switch (proto.getType()) {
            case INT -> Attribute.of(proto.getI());
            case FLOAT -> Attribute.of(proto.getF());
            case STRING -> Attribute.of(proto.getS().toStringUtf8());
            case INTS -> Attribute.of(proto.getIntsList());
            case UNDEFINED ->
                throw new GraphException("attribute " + proto.getName() + ": expected a type, found none");
        };
    }
}
