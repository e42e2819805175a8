import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooImage

@Suite struct ImageListTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    /// Writes empty images and a list of them.
    private func list(_ text: String, _ name: String = "list.csv") throws -> FilePath {
        for file in ["a.jpg", "b.jpg", "sub/c.png", "d, e \"f\".png", "1.jpg", "2.jpg"] {
            try scratch.write([], to: file)
        }
        return try scratch.write(Array(text.utf8), to: name)
    }

    private func names(_ folder: ImageFolder) -> [String] {
        folder.samples.map { sample in
            var path = sample.path
            _ = path.removePrefix(scratch.path)
            return "\(path)=\(folder.classes[sample.label])"
        }
    }

    @Test(
        "the same images, however they are written",
        arguments: [
            "a.jpg,bee\nsub/c.png,ant\n\"d, e \"\"f\"\".png\",bee\n",
            "path,label\na.jpg,bee\nsub/c.png,ant\n\"d, e \"\"f\"\".png\",bee",
            "Label,Path\r\nbee,a.jpg\r\nant,sub/c.png\r\nbee,\"d, e \"\"f\"\".png\"\r\n",
            "\u{feff}split,label,path\n\n,\"bee\", a.jpg \n,ant,./sub/../sub/c.png\ntrain,bee,\"d, e \"\"f\"\".png\"\n\n",
            #"{"path": "a.jpg", "label": "bee"}"# + "\n" + #"{"label": "ant", "path": "sub/c.png"}"# + "\n\n"
                + #"{"path": "d, e \"f\".png", "label": "bee", "split": "train"}"# + "\n",
        ])
    func formats(text: String) throws {
        let path = try list(text)
        let splits = try ImageFolder.open(path)
        #expect(splits.validation == nil)
        #expect(splits.train.classes == ["ant", "bee"])
        #expect(names(splits.train) == ["a.jpg=bee", "sub/c.png=ant", "d, e \"f\".png=bee"])
        #expect(splits.train == (try ImageFolder(list: path)))
        #expect(splits.train.path == path)
    }

    @Test("the column split tells training and validation apart")
    func splits() throws {
        let path = try list(
            "path,label,split\na.jpg,x,train\nb.jpg,y,\nsub/c.png,x,val\n1.jpg,y,test\n2.jpg,y,val\n")
        let splits = try ImageFolder.open(path)
        #expect(names(splits.train) == ["a.jpg=x", "b.jpg=y"])
        // As with folders, test counts only where there is no val.
        #expect(try names(#require(splits.validation)) == ["sub/c.png=x", "2.jpg=y"])
        #expect(try ImageFolder(list: path).samples.count == 5)
    }

    @Test("labels may be numbers")
    func numbers() throws {
        let path = try list(
            #"{"path": "a.jpg", "label": 7}"# + "\n" + #"{"path": "b.jpg", "label": 10}"#, "l.jsonl")
        #expect(try ImageFolder.open(path).train.classes == ["10", "7"])
    }

    @Test("absolute paths stay what they are")
    func absolute() throws {
        _ = try list("")
        let other = try ScratchFolder()
        let path = try other.write(Array("\(scratch.file("a.jpg")),x\n\(scratch.file("b.jpg")),y\n".utf8), to: "l")
        #expect(try ImageFolder.open(path).train.samples.map(\.path) == [scratch.file("a.jpg"), scratch.file("b.jpg")])
    }

    @Test(
        "what is no list, with the number of the line",
        arguments: [
            ("", "the list is empty; write a path and a label on each line"),
            ("path,label\n", "the list is empty; write a path and a label on each line"),
            (
                "path,lable\na.jpg,x\n",
                "line 1: 'lable' is no column of a list; they are path, label, split. Did you mean 'label'?"
            ),
            ("path,label,path\na.jpg,x,y\n", "line 1: the column 'path' stands there twice; keep one"),
            ("path,split\na.jpg,train\n", "line 1: the heading has no column 'label'; a list needs path and label"),
            (
                "a.jpg,x\nb.jpg\n",
                "line 2: there are 1 fields, expected 2: path,label; put a field that holds a comma in double quotes"
            ),
            (
                "a.jpg,x,train,7\n",
                "line 1: there are 4 fields, expected 3: path,label,split; put a field that holds a comma in double quotes"
            ),
            ("a.jpg,x\nb.jpg,\n", "line 2: the label is empty; every image needs a path and a label"),
            ("a.jpg,x\n,y\n", "line 2: the path is empty; every image needs a path and a label"),
            (
                "a.jpg,x\nb.jpg,y\n./a.jpg,y\n",
                "line 3: './a.jpg' stands on line 1 too; remove one of the two lines"
            ),
            (
                "path,label,split\na.jpg,x,vall\n",
                "line 2: the split is 'vall', expected one of train, val, valid, validation, test. "
                    + "Did you mean 'val'?"
            ),
            ("a.jpg,\"x\nb.jpg,y\n", "line 1: a quoted field has no closing quote"),
            (
                "a.jpg,x\nb.jpg,\"y\" z\n",
                "line 2: something follows a closing quote; double the quotes inside a quoted field"
            ),
            (
                "path,label,split\na.jpg,x,val\n",
                "no image of the list is for training; the column 'split' says 'val'"
            ),
            (
                "path,label,split\na.jpg,x,train\nb.jpg,y,train\n1.jpg,z,val\n",
                "line 4: the class 'z' occurs in 'val' but not in 'train'; both need the same classes"
            ),
            (
                "{\"path\": \"a.jpg\"}\n",
                "line 1: 'label' is missing; every image needs a path and a label"
            ),
            (
                "{\"path\": \"a.jpg\", \"label\": \"x\", \"weight\": 1}\n",
                "line 1: 'weight' is no column of a list; they are path, label, split."
            ),
            (
                "{\"path\": \"a.jpg\", \"label\": \"x\"}\n{\"path\": ",
                "line 2: it is no JSON object of texts; expected {\"path\": …, \"label\": …} on each line"
            ),
        ])
    func defects(text: String, message: String) throws {
        let path = try list(text)
        let error = try #require(#expect(throws: ImageError.self) { try ImageFolder.open(path) })
        #expect(error.message == message)
        #expect(error.path == path)
        #expect(error.kind == .usage)
    }

    @Test("missing files are named with their line, the others are counted")
    func missing() throws {
        let path = try list("a.jpg,x\nnone.jpg,y\nb.jpg,y\nneither.jpg,x\n")
        let error = try #require(#expect(throws: ImageError.self) { try ImageFolder.open(path) })
        #expect(
            error.message
                == "line 2: there is no file 'none.jpg' in \(scratch.path); paths are relative to the list; 1 more files "
                + "of the list are missing")
    }

    @Test("bytes that are no text")
    func noText() throws {
        let path = try scratch.write([0x61, 0x2c, 0xff, 0xfe], to: "list.csv")
        let error = #expect(throws: ImageError.self) { try ImageFolder.open(path) }
        #expect(error?.message == "the list is not UTF-8 text; a list is CSV or a JSON object a line")
    }
}

@Suite struct FoldTests {
    @Test("each image validates once, and every part has the shares of the whole", arguments: [2, 3, 5, 10])
    func folds(count: Int) throws {
        let labels = [Int](repeating: 0, count: 60) + [Int](repeating: 1, count: 37) + [Int](repeating: 2, count: 4)
        let samples = labels.enumerated().map { ImageSample(path: FilePath("\($0).png"), label: $1) }
        let folder = ImageFolder(path: "data", classes: ["a", "b", "c"], samples: samples, ignored: [])
        let folds = folder.folds(count: count, seed: 4)
        #expect(folds.count == count)
        let validated = folds.flatMap { $0.validation.samples }
        #expect(validated.count == 101)
        #expect(Set(validated) == Set(samples))
        for (train, validation) in folds {
            #expect(train.samples.count + validation.samples.count == 101)
            #expect(Set(train.samples).isDisjoint(with: validation.samples))
            #expect(train.classes == folder.classes)
            for (label, size) in [60, 37, 4].enumerated() {
                #expect([size / count, (size + count - 1) / count].contains(validation.classCounts[label]))
            }
            #expect([101 / count, (101 + count - 1) / count].contains(validation.samples.count))
        }
        #expect(folder.folds(count: count, seed: 4).map { $0.validation } == folds.map { $0.validation })
        #expect(folder.folds(count: count, seed: 5).map { $0.validation } != folds.map { $0.validation })
    }
}
