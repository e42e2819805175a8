// swift-tools-version: 6.2
import PackageDescription

// The layers are described in docs/architecture.md; ArchitectureTests enforces their arrows.

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A Debian library behind a module map and a shim header.
func system(_ name: String, pkgConfig: String? = nil, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func library(
    _ name: String, path: String? = nil, exclude: [String] = [], sources: [String]? = nil,
    _ dependencies: [Target.Dependency]
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude, sources: sources, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        swiftSettings: settings)
}

/// Facts of the build that the Makefile tells: SwiftPM evaluates this file anew when they change.
func fact(_ name: String) -> [CSetting] {
    let plain = (Context.environment[name] ?? "").filter {
        $0.isASCII && ($0.isLetter || $0.isNumber || "-.+ ".contains($0))
    }
    return plain.isEmpty ? [] : [.define(name, to: "\"\(plain)\"")]
}

let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "zoo",
    products: [
        .executable(name: "zoo", targets: ["zoo"]),
        // Each with the modules whose types its interface speaks of.
        .library(name: "ZooCheckpoint", targets: ["ZooCheckpoint", "ZooTensor", "ZooCore"]),
        .library(name: "ZooFetch", targets: ["ZooFetch", "ZooCache", "ZooRegistry", "ZooCore"]),
        .library(
            name: "ZooTraining",
            targets: [
                "ZooTraining", "ZooEngine", "ZooGraph", "ZooImage", "ZooCheckpoint", "ZooRegistry", "ZooTensor",
                "ZooCore",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C libraries
        system("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
        system("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        system("CDeflate", pkgConfig: "libdeflate", package: "libdeflate-dev"),
        system("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
        system("COpenBLAS", package: "libopenblas-dev"),  // Loaded when it is needed, not linked: docs/decisions/0008.
        system("COneDNN", package: "libdnnl-dev"),
        .systemLibrary(name: "CMath"),  // Of no library: one instruction.
        .target(name: "CKernels"),  // Loops of our own: docs/decisions/0014.
        system("CTurboJPEG", pkgConfig: "libturbojpeg", package: "libturbojpeg0-dev"),
        system("CPNG", pkgConfig: "libpng", package: "libpng-dev"),

        // Shared by all tests
        // Optimised, so that the tests of a debug build do not spend their time in loops that make numbers. No product has it,
        // so that packages that depend on this one are not bothered.
        .target(
            name: "TestSupport", dependencies: [systemPackage], path: "Tests/TestSupport",
            swiftSettings: settings + [.unsafeFlags(["-O"])]),

        // Layer 0
        library("ZooCore", ["CCrypto", systemPackage]),
        tests(of: "ZooCore", [systemPackage]),

        // Layer 1
        library("ZooTensor", ["ZooCore", systemPackage]),
        tests(of: "ZooTensor", ["ZooCore", systemPackage]),
        library("ZooReport", ["ZooCore", systemPackage]),
        tests(of: "ZooReport", ["ZooCore", systemPackage]),

        // Layer 2
        library("ZooArchive", ["ZooCore", "CDeflate", "CZlib", systemPackage]),
        tests(of: "ZooArchive", ["ZooCore", systemPackage]),
        library("ZooPickle", ["ZooCore"]),
        tests(of: "ZooPickle", ["ZooCore", systemPackage]),
        library("ZooCache", ["ZooCore", systemPackage]),
        tests(of: "ZooCache", ["ZooCore", systemPackage]),
        .target(name: "CRegistryData", path: "registry/embedded"),
        library(
            "ZooRegistry", path: "registry",
            exclude: [
                "README.md", "classes", "embedded", "generate.py", "known-files.json", "models.json",
                "torchvision.json",
            ],
            sources: ["Sources"], ["CRegistryData", "ZooCore"]),
        tests(of: "ZooRegistry", ["ZooCore", systemPackage]),

        // Layer 3
        library("ZooCheckpoint", ["ZooArchive", "ZooPickle", "ZooTensor", "ZooCore", systemPackage]),
        tests(of: "ZooCheckpoint", ["ZooArchive", "ZooPickle", "ZooTensor", "ZooCore", systemPackage]),
        library("ZooFetch", ["ZooCache", "ZooCore", "CCurl", systemPackage]),
        tests(of: "ZooFetch", ["ZooCache", "ZooCore", systemPackage]),
        library("ZooImage", ["ZooRegistry", "ZooCore", "CTurboJPEG", "CPNG", systemPackage]),
        tests(of: "ZooImage", ["ZooRegistry", "ZooCore", systemPackage]),
        library("ZooGraph", ["ZooCore", "ZooTensor"]),
        tests(of: "ZooGraph", ["ZooCore", "ZooTensor", systemPackage]),

        // Layer 4
        library("ZooEngine", ["COneDNN", "CKernels", "ZooCore", "ZooGraph", "ZooTensor"]),
        tests(of: "ZooEngine", ["ZooCore", "ZooGraph", "ZooTensor", systemPackage]),

        // Layer 5
        library(
            "ZooTraining",
            [
                "CMath", "COpenBLAS", "ZooCheckpoint", "ZooCore", "ZooEngine", "ZooGraph", "ZooImage", "ZooRegistry",
                "ZooReport", "ZooTensor", systemPackage,
            ]),
        tests(
            of: "ZooTraining",
            [
                "ZooCheckpoint", "ZooCore", "ZooEngine", "ZooGraph", "ZooImage", "ZooRegistry", "ZooReport",
                "ZooTensor", systemPackage,
            ]),

        // Layer 6
        .target(name: "CBuildFacts", cSettings: fact("ZOO_COMMIT") + fact("ZOO_SWIFT")),
        library(
            "ZooCLI",
            [
                "CBuildFacts", "ZooArchive", "ZooCache", "ZooCheckpoint", "ZooCore", "ZooEngine", "ZooFetch",
                "ZooGraph", "ZooImage", "ZooPickle", "ZooRegistry", "ZooReport", "ZooTensor", "ZooTraining",
                systemPackage,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        tests(of: "ZooCLI", ["zoo", "ZooCore", subprocess, systemPackage]),

        // Layer 7
        .executableTarget(
            name: "zoo", dependencies: ["ZooCLI"], swiftSettings: settings,
            // Swift's libraries inside the program: docs/decisions/0008. The two behind FoundationEssentials are not found
            // by themselves.
            linkerSettings: [
                .unsafeFlags(
                    ["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims", "-use-ld=lld"],
                    .when(configuration: .release))
            ]),

        // The arrows between them
        .testTarget(
            name: "ArchitectureTests", dependencies: ["TestSupport", subprocess, systemPackage],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
