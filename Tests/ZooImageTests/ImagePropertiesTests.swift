import SystemPackage
import TestSupport
import Testing

@testable import ZooImage

@Suite("what is measured of images") struct ImagePropertiesTests {
    private func image(_ width: Int, _ height: Int, _ luma: (Int, Int) -> UInt8) -> Image {
        Image(
            width: width, height: height,
            pixels: (0..<height).flatMap { row in
                (0..<width).flatMap { column in Array(repeating: luma(column, row), count: 3) }
            })
    }

    @Test func brightnessIsTheMeanLuma() {
        #expect(abs(ImageProperties(image(4, 4) { column, _ in column < 2 ? 0 : 200 }).brightness - 100) < 1e-3)
        let green = Image(width: 1, height: 1, pixels: [0, 255, 0])
        #expect(abs(ImageProperties(green).brightness - 0.587 * 255) < 1e-3)
    }

    @Test func theVarianceOfTheLaplacianIsThatOfItsDefinition() {
        // Of [[0,0,0,0],[0,9,0,0],[0,0,0,0],[0,0,0,0]]: −36, 9, 9, 0 in the middle.
        var luma = [Float](repeating: 0, count: 16)
        luma[5] = 9
        let mean = (-36.0 + 9 + 9 + 0) / 4
        let expected = [-36.0, 9, 9, 0].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
        #expect(abs(ImageProperties.laplacianVariance(luma, width: 4, height: 4) - expected) < 1e-9)
        #expect(ImageProperties.laplacianVariance([1, 2], width: 2, height: 1) == 0)
    }

    @Test func aBlurredImageIsLessSharp() {
        let sharp = ImageProperties(image(32, 32) { ($0 / 4 + $1 / 4) % 2 == 0 ? 30 : 220 })
        let soft = ImageProperties(image(32, 32) { column, row in UInt8(100 + column + row) })
        #expect(sharp.sharpness > 100 * max(soft.sharpness, 1e-9))
        #expect(sharp.size == ImageSize(height: 32, width: 32))
    }

    @Test func whatCannotBeReadHasNoPropertiesAndOrderStays() throws {
        let folder = try ImageFolder(classFoldersIn: Fixture.file("shapes/data/val"))
        let broken = ImageSample(path: "nowhere.png", label: 0)
        let samples = [folder.samples[0], broken, folder.samples[1]]
        let found = try ImageProperties.all(of: samples, threadCount: 2)
        #expect(found.count == 3 && found[1] == nil)
        #expect(found[2] == ImageProperties(try ImageDecoder.decode(folder.samples[1].path)))
    }
}

@Suite("shares and sources of images") struct ImageShareTests {
    @Test func aSmallerShareIsAPartOfALargerOneAndEveryClassStays() throws {
        let folder = try ImageFolder(classFoldersIn: Fixture.file("shapes/data/train"))
        let small = folder.sharing(0.1, seed: 4)
        let large = folder.sharing(0.5, seed: 4)
        #expect(Set(small.samples).isSubset(of: large.samples) && small.samples.count < large.samples.count)
        #expect(small.classCounts == folder.classCounts.map { max(1, Int((Double($0) * 0.1).rounded())) })
        #expect(folder.sharing(0.001, seed: 4).classCounts == folder.classes.map { _ in 1 })
        #expect(folder.sharing(1, seed: 4) == folder)
        #expect(folder.sharing(0.1, seed: 5) != small)
    }

    @Test(
        "where an image comes from",
        arguments: [
            ("cats/a.jpg", "."), ("cats/2019/a.jpg", "2019"), ("cats/site/b/a.jpg", "site/b"),
            ("site/cats/a.jpg", "site"),
        ])
    func sources(path: String, source: String) throws {
        let scratch = try ScratchFolder()
        let folder = ImageFolder(path: scratch.path, classes: ["cats", "dogs"], samples: [], ignored: [])
        let sample = ImageSample(path: scratch.path.appending(FilePath(path).components), label: 0)
        #expect(folder.source(of: sample) == source)
    }
}
