// swift-tools-version: 6.2
import PackageDescription

// Small programs that use zoo's libraries from outside. `make examples` builds and runs them.

/// zoo's library products; in a package of your own: `.package(url: "https://…/zoo", from: "…")`.
func zoo(_ product: String) -> Target.Dependency { .product(name: product, package: "zoo") }

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "zoo-examples",
    dependencies: [
        .package(name: "zoo", path: ".."),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .executableTarget(name: "ReadCheckpoint", dependencies: [zoo("ZooCheckpoint"), systemPackage]),
        .executableTarget(name: "FetchWeights", dependencies: [zoo("ZooFetch")]),
        .executableTarget(name: "FinetunePhotos", dependencies: [zoo("ZooTraining"), systemPackage]),
        .executableTarget(name: "OwnHead", dependencies: [zoo("ZooTraining"), systemPackage]),
    ],
    swiftLanguageModes: [.v6]
)
