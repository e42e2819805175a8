import Testing
import ZooCore
import ZooPickle

@Suite struct PickleScannerTests {
    /// A pickle and what the scan must say of it.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// `\xHH` stands for a byte.
        let pickle: String
        let verdict: PickleVerdict
        /// The worst findings, as `kind subject` or, for a call, as Python would write it.
        let finds: [String]

        init(_ name: String, _ pickle: String, _ verdict: PickleVerdict, _ finds: [String] = []) {
            self.name = name
            self.pickle = pickle
            self.verdict = verdict
            self.finds = finds
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("nothing", "N.", .safe),
        Case("allowed by torch", "\\x80\\x02ccollections\nOrderedDict\n)R.", .safe),
        Case("allowed under Python 2's name", "\\x80\\x02c__builtin__\nset\n(]tR.", .safe),
        Case("GLOBAL and REDUCE", "cos\nsystem\n(S'echo hi'\ntR.", .dangerous, ["os.system('echo hi')"]),
        Case("an import alone", "cposix\nsystem\n.", .dangerous, ["import posix.system"]),
        Case("INST", "(S'id'\nios\nsystem\n.", .dangerous, ["os.system('id')"]),
        Case("OBJ", "(cos\nsystem\nS'id'\no.", .dangerous, ["os.system('id')"]),
        Case("NEWOBJ", "\\x80\\x02csubprocess\nPopen\n(S'id'\nt\\x81.", .dangerous, ["subprocess.Popen('id')"]),
        Case("NEWOBJ_EX", "\\x80\\x04csubprocess\nPopen\n)}\\x92.", .dangerous, ["subprocess.Popen()"]),
        Case("STACK_GLOBAL", "\\x80\\x04\\x8c\\x02os\\x8c\\x06system\\x93.", .dangerous, ["import os.system"]),
        Case(
            "a name from the memo", "\\x80\\x04\\x8c\\x02os\\x94N0h\\x00\\x8c\\x06system\\x93.", .dangerous,
            ["import os.system"]),
        Case("a name in escapes", "V\\u006fs\nS'\\x5cx73ystem'\n\\x93.", .dangerous, ["import os.system"]),
        Case(
            "a name under a number in the memo",
            "\\x80\\x04Nq\\x05\\x8c\\x02osq\\x05\\x8c\\x06systemq\\x06h\\x05h\\x06\\x93.",
            .dangerous, ["import os.system"]),
        Case(
            "a computed name", "\\x80\\x04\\x8c\\x02osccollections\nCounter\n)R\\x93.", .dangerous,
            ["trick import of os.?"]),
        Case(
            "a name that is bytes", "\\x80\\x04C\\x02os\\x8c\\x06system\\x93.", .dangerous, ["trick import of ?.system"]
        ),
        Case(
            "a name that was never stored", "\\x80\\x04h\\x63\\x8c\\x06system\\x93.", .dangerous,
            ["trick import of ?.system"]),
        Case("Python 2's name of builtins", "c__builtin__\neval\n(S'1'\ntR.", .dangerous, ["__builtin__.eval('1')"]),
        Case("a submodule", "cos.path\njoin\n.", .dangerous, ["import os.path.join"]),
        Case("spaces around a name", "c os\nsystem \n.", .dangerous, ["import  os.system "]),
        Case(
            "torch.load under another roof", "ctorch\nserialization.load\n.", .dangerous,
            ["import torch.serialization.load"]),
        Case("a way into Python's internals", "ccollections\nOrderedDict.__init__.__globals__\n.", .dangerous),
        Case("getattr", "c__builtin__\ngetattr\n(cos\nS'system'\n\nN.", .dangerous),
        Case(
            "a call of what a call gave", "cmy\nmaker\n)R)R.", .dangerous, ["trick REDUCE calls what another call gave"]
        ),
        Case("an extension", "\\x80\\x02\\x82\\x01.", .dangerous, ["trick EXT1 from Python's extension registry"]),
        Case("a change of a class", "ctorch\nTensor\n}b.", .dangerous, ["trick BUILD changes torch.Tensor"]),
        Case("a state of a safe object", "ccollections\nOrderedDict\n)R}b.", .safe),
        Case("an unknown class", "cmy.models\nNet\n)\\x81.", .unknown, ["my.models.Net()"]),
        Case("numpy is not on torch's list", "cnumpy.core.multiarray\n_reconstruct\n.", .unknown),
        Case("almost an allowed name", "ctorch\nTensor.reshape\n.", .unknown),
        Case("a look-alike with a space", "ctorch \nTensor\n.", .unknown),
        Case("an error behind the call", "cos\nsystem\n(S'id'\ntR0000\\xff", .dangerous, ["os.system('id')"]),
        Case("cut off behind the import", "cos\nsystem\n(S'id", .dangerous, ["import os.system"]),
        Case("an error before the import", "0h\\x09cos\nsystem\n.", .dangerous, ["import os.system"]),
        Case("a frame that lies", "\\x80\\x04\\x95\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7fcos\nsystem\n.", .dangerous),
        Case("a protocol that does not exist", "\\x80\\x63cos\nsystem\n.", .dangerous, ["import os.system"]),
        Case("numbers Python would not read", "Ispam\nFeggs\nLx\ncos\nsystem\n.", .dangerous),
        Case(
            "the class that a persistent id of PyTorch 0.1 stands for",
            "\\x80\\x02(X\\x06\\x00\\x00\\x00modulecmy\nNet\nX\\x01\\x00\\x00\\x00aX\\x01\\x00\\x00\\x00btQ)\\x81.",
            .unknown,
            ["my.Net()"]),
    ]

    @Test("verdicts", arguments: cases) func verdict(_ sample: Case) {
        let bytes = PickleMachineTests.bytes(sample.pickle)
        let scan = PickleScanner.scan(bytes.rawSpan)
        #expect(scan.verdict == sample.verdict)
        let findings = scan.findings.map { $0.example ?? "\($0.kind.rawValue) \($0.subject)" }
        for expected in sample.finds { #expect(findings.contains(expected), "\(findings)") }
    }

    @Test func offsetsAndCounts() throws {
        let bytes = Array("(cos\nsystem\ng0\ncos\nsystem\nN)R)R.".utf8)
        let scan = PickleScanner.scan(bytes.rawSpan)
        let imported = try #require(scan.findings.first { $0.kind == .import })
        #expect(imported.offsets == [1, 15])
        #expect(imported.count == 2)
        #expect(scan.byteCount == bytes.count)
        #expect(scan.isComplete)
        #expect(scan.fault?.code == .unknownMemo)
    }

    @Test func aPickleInTheMiddle() {
        let bytes = Array("junkcos\nsystem\n.more".utf8)
        let scan = PickleScanner.scan(bytes.rawSpan, from: 4)
        #expect(scan.offset == 4)
        #expect(scan.byteCount == 12)
        #expect(scan.findings.map(\.offsets) == [[4]])
    }

    @Test(
        "what is long or deep ends, and soon", .timeLimit(.minutes(1)),
        arguments: [
            "(", "0", "2", "N2", "]a", "\\x94", "N\\x94", "cos\nsystem\n", "((t", "}Nb", "N(1", "\\x85", "h\\x00R",
            "I0\n",
        ])
    func repetition(unit: String) {
        let bytes = Array(repeatElement(PickleMachineTests.bytes(unit), count: 20_000).joined())
        let scan = PickleScanner.scan(bytes.rawSpan)
        #expect(!scan.isComplete)
        #expect(scan.fault != nil)
    }

    @Test func theAllowListIsTorchs() {
        #expect(SafeGlobals.names.count == 144)
        #expect(SafeGlobals.names.contains("torch._utils._rebuild_tensor_v2"))
    }

    /// `python -m pickletools` of Python 3.12.
    @Test func traceIsThatOfPickletools() {
        let pickle =
            #"\x80\x02ccollections"# + "\nOrderedDict\n"
            + #"q\x00(K\x01G?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00'tq\x01R."#
        var lines: [String] = []
        PickleTrace.lines(PickleMachineTests.bytes(pickle).rawSpan) { lines.append($0) }
        #expect(
            lines == [
                #"    0: \x80 PROTO      2"#,
                #"    2: c    GLOBAL     'collections OrderedDict'"#,
                #"   27: q    BINPUT     0"#,
                #"   29: (    MARK"#,
                #"   30: K        BININT1    1"#,
                #"   32: G        BINFLOAT   1.5"#,
                #"   41: X        BINUNICODE "'""#,
                #"   47: t        TUPLE      (MARK at 29)"#,
                #"   48: q    BINPUT     1"#,
                #"   50: R    REDUCE"#,
                #"   51: .    STOP"#,
                "highest protocol among opcodes = 2",
            ])
    }
}
