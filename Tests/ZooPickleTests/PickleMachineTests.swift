import Testing
import ZooCore
import ZooPickle

@Suite struct PickleMachineTests {
    /// Text in which `\xHH` stands for a byte.
    static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x5c, rest.first == 0x78 {
                result.append(UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    static let small = PickleLimits(
        byteCount: 1000, nodeCount: 100, stackDepth: 50, memoCount: 20, stringByteCount: 64, integerLength: 32)

    @Test(
        "every opcode makes its value",
        arguments: [
            ("N.", "None"), (#"\x88."#, "True"), (#"\x89."#, "False"), ("I00\n.", "False"), ("I01\n.", "True"),
            ("I-42\n.", "-42"), ("L123L\n.", "123"), ("L5\n.", "5"), (#"K\xff."#, "255"), (#"M\x01\x02."#, "513"),
            (#"J\xfe\xff\xff\xff."#, "-2"), (#"\x8a\x00."#, "0"), (#"\x8a\x01\xff."#, "-1"),
            (#"\x8a\x02\xff\x00."#, "255"), (#"\x8b\x02\x00\x00\x00\x00\x80."#, "-32768"),
            (#"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00."#, "big[0, 0, 0, 0, 0, 0, 0, 128, 0]"),
            ("L9223372036854775808L\n.", "big[0, 0, 0, 0, 0, 0, 0, 128, 0]"),
            ("L-9223372036854775809L\n.", "big[255, 255, 255, 255, 255, 255, 255, 127, 255]"),
            ("L-00000000000000000000001L\n.", "-1"),
            ("F1.5\n.", "1.5"), ("F-inf\n.", "-inf"), (#"G\x3f\xf8\x00\x00\x00\x00\x00\x00."#, "1.5"),
            (#"S'a\n\x5cx41\101\'\q'"# + "\n.", "'a\nAA'\\q'"), ("S\"x\"\n.", "'x'"),
            (#"U\x02\xff\xfe."#, "b[255, 254]"), (#"U\x01a."#, "'a'"), (#"T\x01\x00\x00\x00a."#, "'a'"),
            (#"V\u00e9\U0001f600\xe9\n"# + "\n.", "'é😀é\\n'"), (#"X\x02\x00\x00\x00\xc3\xa9."#, "'é'"),
            (#"\x8c\x01a."#, "'a'"), (#"\x8d\x01\x00\x00\x00\x00\x00\x00\x00a."#, "'a'"),
            (#"C\x01\xff."#, "b[255]"), (#"B\x01\x00\x00\x00\xff."#, "b[255]"),
            (#"\x8e\x01\x00\x00\x00\x00\x00\x00\x00\xff."#, "b[255]"),
            (#"\x96\x01\x00\x00\x00\x00\x00\x00\x00\xff."#, "bytearray[255]"),
            (").", "()"), ("].", "[]"), ("}.", "{}"), (#"\x8f."#, "set()"), (#"(NN\x91."#, "frozenset(None, None)"),
            (#"N\x85."#, "(None)"), (#"K\x01K\x02\x86."#, "(1, 2)"), (#"K\x01K\x02K\x03\x87."#, "(1, 2, 3)"),
            ("(NNNNt.", "(None, None, None, None)"), ("(Nl.", "[None]"), (#"(K\x01Nd."#, "{1: None}"),
            ("]Na.", "[None]"), (#"](NK\x01e."#, "[None, 1]"), (#"}K\x01Ns."#, "{1: None}"),
            (#"}(K\x01NK\x02Nu."#, "{1: None, 2: None}"), (#"\x8f(K\x01\x90."#, "set(1)"),
            (#"NK\x010."#, "None"), ("(NN1N.", "None"), ("N(0.", "None"), (#"N2\x86."#, "(None, None)"),
            ("cos\nsystem\n.", "<os system>"), (#"\x8c\x02os\x8c\x06system\x93."#, "<os system>"),
            (#"cos\#nsystem\#nU\x02ls\x85R."#, "<os system>('ls')"), ("(S'ls'\nios\nsystem\n.", "<os system>('ls')"),
            ("(cos\nsystem\nS'ls'\no.", "<os system>('ls')"), (#"cm\#nC\#n)\x81."#, "new <m C>()"),
            (#"cm\#nC\#n)}\x92."#, "new <m C>()**{}"), (#"cm\#nC\#n)\x81}b."#, "new <m C>() state {}"),
            ("cm\nC\n)RNaNa.", "<m C>() items[None, None]"),
            ("cm\nC\n)R(NNu.", "<m C>() pairs{None: None}"),
            ("P7\n.", "persistent '7'"), (#"K\x07Q."#, "persistent 7"),
            ("Np3\ng3\n\\x86.", "(None, None)"), (#"Nq\x00h\x00\x86."#, "(None, None)"),
            (#"Nr\xff\xff\xff\xffj\xff\xff\xff\xff\x86."#, "(None, None)"), (#"N\x94h\x00\x86."#, "(None, None)"),
            (#"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N."#, "None"), (#"C\x01a\x98."#, "b[97]"),
            (#"]\x94h\x00a."#, "[…]"), (#"}\x94K\x01h\x00s."#, "{1: …}"), ("N. and more", "None"),
        ])
    func values(pickle: String, expected: String) throws {
        let bytes = Self.bytes(pickle)
        #expect(try PickleMachine.read(bytes.rawSpan).text == expected)
    }

    @Test(
        "every defect has its error",
        arguments: [
            ("no bytes", "", .truncated), ("no STOP", "N", .truncated), ("STOP without a value", ".", .stackUnderflow),
            ("no opcode", #"\xff."#, .unknownOpcode), ("protocol 6", #"\x80\x06N."#, .unsupported),
            ("cut number", #"J\x01\x02"#, .truncated), ("cut text", #"X\x05\x00\x00\x00abc."#, .truncated),
            ("a line without end", "I12", .truncated), ("a huge text", #"X\xff\xff\xff\xff."#, .tooLarge),
            ("a text of 2^63 bytes", #"\x8d\x00\x00\x00\x00\x00\x00\x00\x80."#, .tooLarge),
            ("bytes of 2^64-1", #"\x8e\xff\xff\xff\xff\xff\xff\xff\xff."#, .tooLarge),
            ("an old string of negative length", #"T\xff\xff\xff\xff."#, .malformedArgument),
            ("an integer of negative length", #"\x8b\xff\xff\xff\xff."#, .malformedArgument),
            ("an integer of many bytes", #"\x8b\x00\x01\x00\x00."#, .tooLarge),
            ("an integer of many digits", "L\(String(repeating: "9", count: 40))L\n.", .tooLarge),
            ("no integer", "I1x\n.", .malformedArgument), ("no float", "Fabc\n.", .malformedArgument),
            ("a string without quotes", "Sabc\n.", .malformedArgument),
            ("a backslash at the end", #"S'\'"# + "\n.", .malformedArgument),
            ("text that is not UTF-8", #"X\x01\x00\x00\x00\xff."#, .malformedArgument),
            ("half a surrogate pair", #"V\ud800"# + "\n.", .malformedArgument),
            ("a short escape", #"V\u12"# + "\n.", .malformedArgument),
            ("an unknown memo entry", #"h\x07."#, .unknownMemo), ("a memo entry by name", "gx\n.", .malformedArgument),
            ("nothing to remember", #"q\x00."#, .stackUnderflow), ("POP of nothing", "0.", .stackUnderflow),
            ("DUP of nothing", "2.", .stackUnderflow), ("TUPLE without mark", "Nt.", .stackUnderflow),
            ("TUPLE2 of one", #"N\x86."#, .stackUnderflow), ("TUPLE2 below a mark", #"N(N\x86."#, .stackUnderflow),
            ("a value below a mark", "N(.", .stackUnderflow), ("APPEND to a number", #"K\x01Na."#, .wrongOperand),
            ("SETITEM on a list", "]NNs.", .wrongOperand), ("SETITEMS of three", "}(NNNu.", .wrongOperand),
            ("DICT of one", "(Nd.", .wrongOperand), ("ADDITEMS to a list", #"](N\x90."#, .wrongOperand),
            ("BUILD of a list", "]Nb.", .wrongOperand), ("REDUCE without a tuple", "cm\nC\nNR.", .wrongOperand),
            ("STACK_GLOBAL of numbers", #"K\x01K\x02\x93."#, .wrongOperand),
            ("OBJ without a class", "(o.", .stackUnderflow),
            ("keywords that are no dict", #"cm\#nC\#n)N\x92."#, .wrongOperand),
            ("a frame that is not there", #"\x95\xff\xff\xff\xff\xff\xff\xff\xffN."#, .truncated),
            ("an extension", #"\x82\x01."#, .unsupported), ("a buffer outside", #"\x97."#, .unsupported),
            ("too deep a stack", String(repeating: "N", count: 60) + ".", .tooLarge),
            ("too many marks", String(repeating: "(", count: 60) + ".", .tooLarge),
            ("too many values", String(repeating: "N0", count: 110) + "N.", .tooLarge),
            ("too many memo entries", "N" + String(repeating: #"\x94"#, count: 21) + ".", .tooLarge),
            ("too long", String(repeating: "(1", count: 600) + "N.", .tooLarge),
        ] as [(String, String, PickleError.Code)])
    func defects(name: String, pickle: String, code: PickleError.Code) {
        let bytes = Self.bytes(pickle)
        let error = #expect(throws: PickleError.self) { try PickleMachine.read(bytes.rawSpan, limits: Self.small) }
        #expect(error?.code == code, "\(error?.description ?? "")")
    }

    @Test func messagesNameTheOpcodeAndTheByte() {
        let bytes = Self.bytes(#"\x80\x02h\x07."#)
        let error = #expect(throws: PickleError.self) { try PickleMachine.read(bytes.rawSpan) }
        #expect(error?.description == "pickle byte 2, BINGET: memo entry 7 was never stored")
        let short = Self.bytes(#"\x8cA"#)
        let other = #expect(throws: PickleError.self) { try PickleMachine.read(short.rawSpan) }
        #expect(
            other?.description
                == "pickle byte 0, SHORT_BINUNICODE: the pickle is cut off: 65 bytes needed, 0 left")
    }

    @Test func theDocumentKnowsItsLengthProtocolAndImports() throws {
        let bytes = Self.bytes(#"\x80\x02cos\#nsystem\#ncm\#nC\#ncos\#nsystem\#n\x87.junk"#)
        let document = try PickleMachine.read(bytes.rawSpan)
        #expect(document.byteCount == bytes.count - 4)
        #expect(document.protocolVersion == 2)
        #expect(document.globals == [PickleGlobal("os", "system"), PickleGlobal("m", "C")])
    }

    @Test func randomBytesNeverTrap() {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let opcodes = Array(#"(.012FIJKLMNPQRSTUVXabcdeghijlopqrstu}])GBC"#.utf8) + Array(0x80...0x98)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(next() % 40)).map { _ in
                next() % 4 == 0 ? UInt8(truncatingIfNeeded: next()) : opcodes[Int(next() % UInt64(opcodes.count))]
            }
            _ = try? PickleMachine.read(bytes.rawSpan, limits: Self.small)
        }
    }
}
