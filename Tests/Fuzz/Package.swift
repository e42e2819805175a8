// swift-tools-version: 6.2
import PackageDescription

// A package of its own: only `make fuzz` builds it, with libFuzzer and AddressSanitizer.
let package = Package(
    name: "zoo-fuzz",
    dependencies: [.package(name: "zoo", path: "../..")],
    targets: [
        .executableTarget(
            name: "ZooFuzz",
            dependencies: [
                .product(name: "ZooCheckpoint", package: "zoo"), .product(name: "ZooFetch", package: "zoo"),
                .product(name: "ZooTraining", package: "zoo"),
            ],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
    ],
    swiftLanguageModes: [.v6]
)
