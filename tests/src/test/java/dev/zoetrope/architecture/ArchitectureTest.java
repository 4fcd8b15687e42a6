package dev.zoetrope.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which package may use which, read from the compiled modules. */
class ArchitectureTest {
    /** The road of a request. Frames stand before decoding: they are what the decoder hands to its caller. */
    private static final List<String> STAGES =
            List.of("request", "text", "timeline", "latent", "schedule", "sample", "frame", "decode", "encode");

    private static final Set<String> WORDS_THAT_SAY_NOTHING =
            Set.of("util", "utils", "common", "helper", "helpers", "impl", "manager");

    private static JavaClasses classes;

    @BeforeAll
    static void readTheModules() {
        classes = new ClassFileImporter()
                .withImportOption(location -> !location.contains("/test-classes/"))
                .importPackages("dev.zoetrope");
    }

    @Test
    void everyModuleIsLookedAt() {
        for (String module : List.of("ffm", "graph", "runtime", "server", "cli")) {
            assertTrue(classes.containPackage("dev.zoetrope." + module), module + " is on the class path");
        }
    }

    @TestFactory
    Stream<DynamicTest> packagesOfAModuleHaveNoCycles() {
        return Stream.of("ffm", "graph", "runtime", "server", "cli")
                .map(module -> DynamicTest.dynamicTest(
                        module,
                        () -> slices().matching("dev.zoetrope." + module + ".(*)..")
                                .should()
                                .beFreeOfCycles()
                                .check(classes)));
    }

    @TestFactory
    Stream<DynamicTest> aStageSeesOnlyTheStagesBeforeIt() {
        return IntStream.range(0, STAGES.size() - 1).mapToObj(index -> {
            String stage = STAGES.get(index);
            String[] later = STAGES.stream()
                    .skip(index + 1L)
                    .map(name -> "dev.zoetrope.runtime." + name + "..")
                    .toArray(String[]::new);
            return DynamicTest.dynamicTest(
                    stage,
                    () -> noClasses()
                            .that()
                            .resideInAPackage("dev.zoetrope.runtime." + stage + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(later)
                            .because("the stages are, in order: " + String.join(", ", STAGES))
                            .allowEmptyShould(true)
                            .check(classes));
        });
    }

    @Test
    void everyPackageOfTheRuntimeIsAStageOrStandsBesideTheRoad() {
        Set<String> beside = Set.of("tensor", "model", "pipeline", "error");
        List<String> others = classes.getPackage("dev.zoetrope.runtime").getSubpackages().stream()
                .map(JavaPackage::getRelativeName)
                .filter(name -> !STAGES.contains(name) && !beside.contains(name))
                .sorted()
                .toList();

        assertEquals(List.of(), others, "packages of the runtime without a place in the order of the stages");
    }

    @Test
    void stagesDoNotSeeTheClassThatRunsThem() {
        noClasses()
                .that()
                .resideInAnyPackage(STAGES.stream()
                        .map(name -> "dev.zoetrope.runtime." + name + "..")
                        .toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.zoetrope.runtime.pipeline..", "dev.zoetrope.runtime.model..")
                .check(classes);
    }

    @Test
    void nativeSessionsAndGraphsAreSeenByTheModelPackageAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.zoetrope.ffm..", "dev.zoetrope.graph..", "dev.zoetrope.runtime.model..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.zoetrope.ffm..", "dev.zoetrope.graph..")
                .check(classes);
    }

    @Test
    void bindingsAndGraphsKnowNothingOfWhatIsBuiltOnThem() {
        noClasses()
                .that()
                .resideInAPackage("dev.zoetrope.ffm..")
                .should()
                .dependOnClassesThat(inTheProjectBut("dev.zoetrope.ffm.."))
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage("dev.zoetrope.graph..")
                .should()
                .dependOnClassesThat(inTheProjectBut("dev.zoetrope.graph.."))
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage("dev.zoetrope.runtime..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.zoetrope.server..", "dev.zoetrope.cli..")
                .check(classes);
    }

    @Test
    void nativeFunctionsAreLookedUpInTheBindingsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.ffm..")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Linker.class, SymbolLookup.class, FunctionDescriptor.class)
                .check(classes);
    }

    @Test
    void methodsThatCanCrashTheJvmAreCalledInTheBindingsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.ffm..")
                .should()
                .callMethodWhere(restricted())
                .check(classes);
    }

    @Test
    void generatedBindingsAreCalledInTheBindingsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.ffm..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.zoetrope.ffm.generated..")
                .check(classes);
    }

    @Test
    void oneWriterKnowsProtobuf() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.graph.write..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.zoetrope.graph.write.generated..", "com.google.protobuf..")
                .check(classes);
    }

    @Test
    void theWebFrameworkIsSeenByTheServerAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.server..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx..")
                .check(classes);
    }

    @Test
    void theDatabaseIsSeenByTheJobsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.server.job..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.h2..", "com.zaxxer..", "com.github.kagkarlsson..")
                .check(classes);
    }

    @Test
    void librariesForFiguresAndTracesAreSeenByTheTelemetryAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.server.telemetry..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.opentelemetry..")
                .check(classes);
    }

    @Test
    void theBucketIsSeenByTheResultsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.server.result..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("software.amazon..")
                .check(classes);
    }

    @Test
    void jobsKnowNothingOfHttp() {
        noClasses()
                .that()
                .resideInAPackage("dev.zoetrope.server.job..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx..")
                .check(classes);
    }

    /** BoofCV and what it brings: it measures clips for a person, and who embeds the engine need not carry it. */
    @Test
    void thePictureAnalysisLibraryIsSeenByTheCommandLineAlone() {
        String[] library = {"boofcv..", "georegression..", "org.ddogleg..", "org.ejml.."};
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.zoetrope.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(library)
                .check(classes);
        assertTrue(
                classes.stream()
                        .flatMap(used -> used.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency ->
                                dependency.getTargetClass().getPackageName().startsWith("boofcv")),
                "the rule names packages that are really used");
    }

    @Test
    void videoLibrariesAreSeenByTheEncoderAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.zoetrope.runtime.encode..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .check(classes);
    }

    @Test
    void everyPackageIsNullMarkedAndNamedAfterItsSubject() {
        List<JavaPackage> ours = classes.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(javaPackage -> !isGenerated(javaPackage))
                .toList();

        assertEquals(
                List.of(),
                ours.stream()
                        .filter(javaPackage -> !javaPackage.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName)
                        .sorted()
                        .toList(),
                "packages without @NullMarked in a package-info.java");
        assertEquals(
                List.of(),
                ours.stream()
                        .filter(javaPackage -> WORDS_THAT_SAY_NOTHING.contains(javaPackage.getRelativeName()))
                        .map(JavaPackage::getName)
                        .sorted()
                        .toList(),
                "packages named after no subject");
    }

    private static boolean isGenerated(JavaPackage javaPackage) {
        return List.of(javaPackage.getName().split("\\.")).contains("generated");
    }

    private static DescribedPredicate<JavaClass> inTheProjectBut(String module) {
        return resideInAnyPackage("dev.zoetrope..")
                .and(DescribedPredicate.not(resideInAPackage(module)))
                .as("belong to another module");
    }

    /** The restricted methods of java.base that this project could come to call. */
    private static DescribedPredicate<JavaCall<?>> restricted() {
        return DescribedPredicate.describe("the method is restricted", call -> {
            String method = call.getTarget().getName();
            JavaClass owner = call.getTargetOwner();
            return (owner.isEquivalentTo(MemorySegment.class) && method.equals("reinterpret"))
                    || (owner.isEquivalentTo(AddressLayout.class) && method.equals("withTargetLayout"))
                    || (owner.isEquivalentTo(SymbolLookup.class) && method.equals("libraryLookup"))
                    || (owner.isEquivalentTo(System.class)
                            && Set.of("load", "loadLibrary").contains(method))
                    || (owner.isEquivalentTo(Runtime.class)
                            && Set.of("load", "loadLibrary").contains(method));
        });
    }
}
