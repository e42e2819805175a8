import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooImage

@Suite("lists with several columns of labels") struct TaskListTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    private func list(_ text: String, _ name: String = "list.csv") throws -> FilePath {
        for file in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] { try scratch.write([], to: file) }
        return try scratch.write(Array(text.utf8), to: name)
    }

    /// `a.jpg ant female`, with `-` for a missing label.
    private func lines(_ folder: ImageFolder) throws -> [String] {
        let tasks = try #require(folder.tasks)
        return folder.samples.map { sample in
            let labels = tasks.tasks.enumerated().map { number, task in
                tasks.label(sample.label, ofTask: number).map { task.classes[$0] } ?? "-"
            }
            return ([sample.path.lastComponent?.string ?? ""] + labels).joined(separator: " ")
        }
    }

    @Test(
        "the same labels, however they are written",
        arguments: [
            "path,species,sex\na.jpg,bee,female\nb.jpg,ant,\nc.jpg,,male\n",
            "Sex,note,Path,SPECIES\r\nfemale,x,a.jpg,bee\r\n ,,b.jpg,ant\r\nmale,\"u, v\",c.jpg,\"\"\r\n",
            #"{"path": "a.jpg", "species": "bee", "sex": "female"}"# + "\n"
                + #"{"path": "b.jpg", "species": "ant", "sex": null, "note": [1, 2.5]}"# + "\n"
                + #"{"path": "c.jpg", "sex": "male", "species": ""}"# + "\n",
        ])
    func formats(text: String) throws {
        let splits = try ImageFolder.open(try list(text), tasks: ["species", "sex"])
        #expect(splits.validation == nil)
        let train = splits.train
        #expect(
            train.tasks?.tasks == [
                LabelTask(name: "species", classes: ["ant", "bee"]),
                LabelTask(name: "sex", classes: ["female", "male"]),
            ])
        #expect(try lines(train) == ["a.jpg bee female", "b.jpg ant -", "c.jpg - male"])
        #expect(train.classes == ["species: ant", "species: bee, sex: female", "sex: male"])
        #expect(train.outputNames == ["species: ant", "species: bee", "sex: female", "sex: male"])
        #expect(train.outputCounts == [1, 1, 1, 1])
        #expect(splits.remarks.unlabelledLines.isEmpty && splits.remarks.absentTasks.isEmpty)
        #expect(splits.remarks.unusedColumns == (text.contains("note") ? ["note"] : []))
    }

    @Test("numbers and truth values are labels, and the order of tasks is the user's") func otherLabels() throws {
        let path = try list(
            #"{"path": "a.jpg", "age": 7, "wild": true}"# + "\n" + #"{"path": "b.jpg", "age": 10, "wild": false}"#,
            "l.jsonl")
        let train = try ImageFolder.open(path, tasks: ["wild", "age"]).train
        #expect(train.outputNames == ["wild: false", "wild: true", "age: 10", "age: 7"])
    }

    @Test("a column may be called label, and of two that differ in case the one that was named counts")
    func columns() throws {
        let path = try list("path,label,Sex,sex\na.jpg,x,1,f\nb.jpg,y,2,m\n")
        let splits = try ImageFolder.open(path, tasks: ["label", "sex"])
        #expect(splits.train.outputNames == ["label: x", "label: y", "sex: f", "sex: m"])
        #expect(splits.remarks.unusedColumns == ["Sex"])
    }

    @Test("images without any label are left out, with their lines") func unlabelled() throws {
        let splits = try ImageFolder.open(
            try list("path,species,sex\na.jpg,ant,f\nb.jpg,,\nc.jpg,bee,\nd.jpg,,\n"), tasks: ["species", "sex"])
        #expect(try lines(splits.train) == ["a.jpg ant f", "c.jpg bee -"])
        #expect(splits.remarks.unlabelledLines == [3, 5])
    }

    @Test("both parts number combinations alike") func parts() throws {
        let path = try list(
            "path,species,sex,split\na.jpg,ant,f,train\nb.jpg,bee,m,train\nc.jpg,ant,m,val\nd.jpg,,f,val\n")
        let splits = try ImageFolder.open(path, tasks: ["species", "sex"])
        let validation = try #require(splits.validation)
        #expect(validation.tasks == splits.train.tasks && validation.classes == splits.train.classes)
        #expect(try lines(validation) == ["c.jpg ant m", "d.jpg - f"])
        #expect(splits.train.outputCounts == [1, 1, 1, 1] && validation.outputCounts == [1, 0, 1, 1])
        let whole = splits.train.joined(with: validation)
        #expect(whole.outputCounts == [2, 1, 2, 2])
        #expect(Set(try lines(whole)) == Set(try lines(splits.train) + lines(validation)))
    }

    @Test("a network can be judged by some of its tasks") func absentTasks() throws {
        let path = try list("path,sex,kind\na.jpg,f,x\nb.jpg,m,y\n")
        let splits = try ImageFolder.open(path, tasks: ["species", "sex"], mayLackTasks: true)
        #expect(splits.train.tasks?.tasks.map(\.name) == ["sex"])
        #expect(splits.remarks.absentTasks == ["species"] && splits.remarks.unusedColumns == ["kind"])
        let error = try #require(
            #expect(throws: ImageError.self) {
                try ImageFolder.open(path, tasks: ["species", "kin"], mayLackTasks: true)
            })
        #expect(error.message.contains("there is no column 'species'"))
    }

    @Test(
        "what is no such list, with the number of the line",
        arguments: [
            (
                "path,species,sex\na.jpg,ant,f\n", ["speces", "sex"],
                "line 1: there is no column 'speces' with labels of that task; the columns are path, species, sex. Did you "
                    + "mean 'species'?"
            ),
            (
                "\n{\"path\": \"a.jpg\", \"species\": \"ant\"}\n", ["species", "sex"],
                "line 2: there is no column 'sex' with labels of that task; the columns are path, species."
            ),
            (
                "a.jpg,ant,f\n", ["species", "sex"],
                "line 1: there is no heading with a column 'path'; a list with several columns of labels begins with one, such "
                    + "as path,species,sex"
            ),
            (
                "path,species,sex,SPECIES\na.jpg,ant,f,x\n", ["Species", "sex"],
                "line 1: the column 'Species' stands there twice; keep one"
            ),
            (
                "path,species,sex\na.jpg,ant\n", ["species", "sex"],
                "line 2: there are 2 fields, expected 3: path,species,sex; put a field that holds a comma in double quotes"
            ),
            ("path,species,sex\n,ant,f\n", ["species", "sex"], "line 2: the path is empty; every image needs a path"),
            (
                "{\"path\": \"a.jpg\", \"species\": [1], \"sex\": \"f\"}\n", ["species", "sex"],
                "line 1: 'species' is neither text nor a whole number, true, false or null, which a label may be"
            ),
            ("path,species,sex\na.jpg,,\n", ["species", "sex"], "no image of the list has a label for species or sex"),
            ("path,species,sex\n", ["species", "sex"], "the list is empty; write a path and a label on each line"),
            (
                "path,species,sex,split\na.jpg,ant,f,train\nb.jpg,bee,f,val\n", ["species", "sex"],
                "line 3: the class 'bee' of 'species' occurs in 'val' but not in 'train'; both need the same classes"
            ),
            (
                "path,species,split\na.jpg,ant,train\n", ["species", "split"],
                "'split' is no column of labels; name a column with labels for each task, each once"
            ),
            (
                "path,species\na.jpg,ant\n", ["species", "Species"],
                "the task 'Species' is named twice; name a column with labels for each task, each once"
            ),
            ("path,species\na.jpg,ant\n", ["species", ""], "a task has no name; name the columns with the labels"),
        ])
    func defects(text: String, tasks: [String], message: String) throws {
        let path = try list(text)
        let error = try #require(#expect(throws: ImageError.self) { try ImageFolder.open(path, tasks: tasks) })
        #expect(error.message == message)
        #expect(error.kind == .usage)
    }

    @Test("a folder has one label an image") func folders() throws {
        try scratch.write([], to: "data/cats/a.jpg")
        let error = try #require(
            #expect(throws: ImageError.self) { try ImageFolder.open(scratch.file("data"), tasks: ["a", "b"]) })
        #expect(error.message.contains("for the tasks a, b write a list (path,a,b)"))
    }

    @Test("every combination gives its share, and rare ones are taken together") func stratification() throws {
        // Twenty of each of two combinations; ten of one image each, one of which is the only elf.
        let tasks = LabelTasks(
            [
                LabelTask(name: "kind", classes: ["cat", "dog", "elf"]),
                LabelTask(name: "name", classes: (0..<10).map { "n\($0)" }),
            ], combinations: [[0, 0], [1, nil]] + (0..<9).map { [0, $0 + 1] } + [[2, 1]])
        let labels = (0..<40).map { $0 % 2 } + Array(2..<12)
        let folder = ImageFolder(
            path: "x", classes: tasks.combinationNames,
            samples: labels.enumerated().map { ImageSample(path: FilePath("\($0).jpg"), label: $1) }, ignored: [],
            tasks: tasks)
        for seed in 0..<8 as Range<UInt64> {
            let (train, validation) = folder.split(validationFraction: 0.25, seed: seed)
            let counts = validation.classCounts
            #expect(counts[0] == 5 && counts[1] == 5)
            // The images of n2 to n9 are the only ones of their names, and so is the elf of its kind.
            #expect(counts[2] <= 1 && counts[3...].allSatisfy { $0 == 0 })
            #expect(train.outputCounts.allSatisfy { $0 > 0 })
        }
        let folds = folder.folds(count: 5, seed: 1)
        #expect(folds.allSatisfy { $0.train.tasks == tasks && $0.validation.classCounts[0] == 4 })
    }

    @Test("combinations that make no sense are programmers' errors") func preconditions() async {
        await #expect(processExitsWith: .failure) {
            _ = LabelTasks([LabelTask(name: "a", classes: ["x"])], combinations: [[1]])
        }
        await #expect(processExitsWith: .failure) {
            _ = LabelTasks([LabelTask(name: "a", classes: ["x"])], combinations: [[0, 0]])
        }
    }
}
