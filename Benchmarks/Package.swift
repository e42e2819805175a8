// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing here is built with zoo.
let package = Package(
    name: "zoo-benchmarks",
    dependencies: [.package(name: "zoo", path: "..")],
    targets: [
        .target(name: "Measuring", dependencies: [.product(name: "ZooTraining", package: "zoo")]),
        .executableTarget(
            name: "NetworkSpeed", dependencies: ["Measuring", .product(name: "ZooTraining", package: "zoo")]),
        .executableTarget(
            name: "OptimiserSpeed", dependencies: [.product(name: "ZooTraining", package: "zoo")]),
        .executableTarget(
            name: "TrainingSpeed", dependencies: ["Measuring", .product(name: "ZooTraining", package: "zoo")]),
    ],
    swiftLanguageModes: [.v6]
)
