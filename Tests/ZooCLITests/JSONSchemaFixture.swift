import Foundation
import SystemPackage
import TestSupport

/// Files of every kind that the commands have something to say about.
enum JSONSchemaFixture {
    /// - Parameters:
    ///   - hasHead: whether there is a network for the photos, `head.pth`, and an ensemble, `both.pth`.
    ///   - hasTasks: whether there is a network of two tasks, `tasks.pth`.
    static func make(hasHead: Bool, hasTasks: Bool) async throws -> ZooProcess {
        let zoo = try ZooProcess()
        try photos(in: zoo.folder)
        try list(in: zoo.folder)
        try checkpoints(in: zoo.folder)
        _ = try await zoo("fetch", "resnet14-shapes")
        try zoo.folder.write([], to: "torch/hub/checkpoints/broken.pth")
        if hasTasks {
            _ = try await zoo(
                "finetune", "both.csv", "--tasks", "shape,side", "--model", "resnet14-shapes", "--head-only",
                "--epochs",
                "2", "-o", "tasks.pth")
        }
        guard hasHead else { return zoo }
        _ = try await zoo(
            "finetune", "photos", "--model", "resnet14-shapes", "--head-only", "--epochs", "2", "-o", "head.pth")
        _ = try await zoo("ensemble", "average", "head.pth", "head.pth", "-o", "both.pth")
        return zoo
    }

    private static func copy(_ fixture: String, to name: String, in folder: ScratchFolder) throws {
        try folder.write([UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.file(fixture).string))), to: name)
    }

    /// Two classes with a broken image, a double with another label and two that look alike; and tiny images of one colour.
    private static func photos(in folder: ScratchFolder) throws {
        for name in ["heart", "star"] {
            for number in 0..<6 {
                try copy(
                    "shapes/data/train/\(name)/00\(number).png", to: "photos/train/\(name)/\(number).png", in: folder)
            }
            // Enough for slices.
            for number in 0..<12 {
                let file = try FileManager.default.contentsOfDirectory(
                    atPath: Fixture.file("shapes/data/val/\(name)").string
                ).sorted()[number]
                try copy("shapes/data/val/\(name)/\(file)", to: "photos/val/\(name)/\(number).png", in: folder)
            }
        }
        try copy("shapes/data/train/heart/000.png", to: "photos/train/star/double.png", in: folder)
        try folder.write([1, 2, 3], to: "photos/train/heart/broken.png")
        try folder.write([1, 2, 3], to: "photos/val/heart/broken.png")
        let tiny = Array("P6\n4 4\n255\n".utf8) + [UInt8](repeating: 9, count: 48)
        for name in ["heart", "star"] { try folder.write(tiny, to: "odd/\(name)/tiny.ppm") }
        let slope = (0..<32 * 32).flatMap { (pixel: Int) -> [UInt8] in
            [UInt8(pixel % 32 * 7), UInt8(pixel / 32 * 7), 7]
        }
        let head = Array("P6\n32 32\n255\n".utf8)
        try folder.write(head + slope, to: "photos/train/heart/slope.ppm")
        try folder.write(head + slope.map { $0 == 7 ? 8 : $0 }, to: "photos/val/heart/slope.ppm")
    }

    /// `both.csv`: the photos with two labels each, some of which are missing.
    private static func list(in folder: ScratchFolder) throws {
        var lines = ["path,shape,side,split"]
        for path in try folder.contents() where path.hasPrefix("photos/") && path.contains(".p") {
            let parts = path.split(separator: "/")
            lines.append("\(path),\(parts[2]),\(["left", "right", ""][lines.count % 3]),\(parts[1])")
        }
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "both.csv")
    }

    private static func checkpoints(in folder: ScratchFolder) throws {
        typealias Part = DiffTests.Part
        func save(_ name: String, _ parts: [Part]) throws {
            try folder.write(DiffTests.safetensors(parts), to: name)
        }
        try save("partly.safetensors", [.byte("x"), .six("six")])
        try save(
            "a.safetensors",
            [
                .byte("same"), .byte("value"), .byte("only.a"), .long("old.name", 7), .six("six"),
                Part("shape", "U8", [2], [1, 2]),
            ])
        try save(
            "b.safetensors",
            [
                .byte("same"), .byte("value", 9), .byte("only.b", 77), .long("new.name", 7), .six("six"),
                Part("shape", "U8", [2, 1], [1, 2]),
            ])
        try save("c.safetensors", [.byte("same")])
        // A program in protocol 0 that calls os.system.
        try folder.write(Array("cposix\nsystem\n(S'true'\ntR.".utf8), to: "evil.pkl")
        try folder.write(Array("PK\u{3}\u{4}nothing of a zip archive".utf8), to: "text.zip")
    }
}
